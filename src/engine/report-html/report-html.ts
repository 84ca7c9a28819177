import { createHash } from 'node:crypto';
import type { Report } from '../../shared/contracts/report';
import type { StandaloneReport } from '../../shared/contracts/webview';
import { THEME } from './theme';

export interface ReportAssets {
  /** The built report bundle. */
  readonly bundle: { readonly js: string; readonly css: string };
  /** Data URIs by image path. */
  readonly thumbnails: Readonly<Record<string, string>>;
  /** How many images were tested; the report may list fewer, to keep the page small. */
  readonly testImages: number;
}

/**
 * The report as one self-contained page: the editor's own report bundle with its data inside. Its policy allows the
 * inlined script and style by their hashes, pictures from data URIs, and nothing else.
 */
export function reportHtml(report: Report, { bundle, thumbnails, testImages }: ReportAssets): string {
  // A closing tag inside a script or its data would end the element.
  const script = bundle.js.replaceAll('</script', '<\\/script');
  const data = JSON.stringify({ report, thumbnails, testImages } satisfies StandaloneReport).replaceAll(
    '<',
    '\\u003c',
  );
  const style = THEME + bundle.css;
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>CoOp report ${escapeText(report.name)}</title>
<style>${style}</style>
</head>
<body>
<div id="root"></div>
<script type="application/json" id="report-data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hash(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

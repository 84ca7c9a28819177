export interface PageParts {
  /** Addresses of the built script and style sheet. */
  readonly script: string;
  readonly style: string;
  /** Where the editor serves a view's files from, as its policy names it. */
  readonly cspSource: string;
  readonly nonce: string;
}

/** A page that runs one built bundle and nothing else: no inline code, no network. */
export function webviewHtml({ script, style, cspSource, nonce }: PageParts): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; img-src ${cspSource}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${style}">
<title>CoOp</title>
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

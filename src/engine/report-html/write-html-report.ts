import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CoopError } from '../../shared/errors';
import type { Report } from '../../shared/report';
import { writeFileAtomic } from '../io/atomic-file';
import { thumbnailPng } from '../project/thumbnails';
import type { Work } from '../project/work';
import { reportHtml } from './report-html';

const THUMBNAIL_SIZE = 96;
/** Pictures in one file; the lists themselves are whole. */
const MAX_PICTURES = 400;

/**
 * Writes the report as one HTML file with its pictures inside.
 * @throws CoopError `engine.runtime` when the built report page is missing; `file.access`, `disk.full`
 */
export async function writeHtmlReport(report: Report, file: string, work: Work = {}): Promise<void> {
  const bundle = { js: await built('report.js'), css: await built('report.css') };
  const thumbnails: Record<string, string> = {};
  const paths = [...report.fixed, ...report.broken].slice(0, MAX_PICTURES).map(flip => flip.path);
  for (const [at, image] of paths.entries()) {
    work.signal?.throwIfAborted();
    const bytes = await readFile(path.join(report.imagesFolder, image)).catch(() => null);
    const png = bytes === null ? null : await thumbnailPng(bytes, THUMBNAIL_SIZE).catch(() => null);
    if (png !== null) thumbnails[image] = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    work.onProgress?.({ message: 'Adding pictures', done: at + 1, total: paths.length, unit: 'images' });
  }
  await writeFileAtomic(file, reportHtml(report, { bundle, thumbnails }));
}

async function built(name: string): Promise<string> {
  const file = path.join(__dirname, 'webview', name);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CoopError('engine.runtime', `The report page ${file} is missing.`, {
      subject: file,
      next: 'Run “npm run build”, or install the extension again.',
      cause,
    });
  }
}

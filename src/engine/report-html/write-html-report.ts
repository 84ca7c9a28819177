import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import type { HtmlReportSize } from '../../shared/contracts/protocol';
import type { Report, TestImage } from '../../shared/contracts/report';
import { CoopError } from '../../shared/errors';
import { type Outcome, outcomeOf } from '../../shared/verdicts/outcome';
import { thumbnails } from '../jobs/thumbnails';
import type { Work } from '../task/work';
import { reportHtml } from './report-html';

const THUMBNAIL_SIZE = 96;
/** A file of this size still goes by mail. */
export const MAX_BYTES = 10_000_000;
/** What is looked at first comes first. */
const INTEREST: readonly Outcome[] = ['fixed', 'broken', 'wrong', 'right'];

/**
 * Writes the report as one HTML file of at most `MAX_BYTES` with as many of its pictures as fit, those whose verdict
 * changed first. The page says what it leaves out.
 * @throws CoopError `engine.runtime` when the built report page is missing; `file.access`, `disk.full`
 */
export async function writeHtmlReport(
  report: Report,
  file: string,
  work: Work = {},
): Promise<HtmlReportSize> {
  const bundle = { js: await built('report.js'), css: await built('report.css') };
  const { html, size } = await budgetedReport(report, bundle, MAX_BYTES, work);
  await writeFileAtomic(file, html);
  return size;
}

/** @param maxBytes of the whole page; what is no image (script, tables) is always in it */
export async function budgetedReport(
  report: Report,
  bundle: { readonly js: string; readonly css: string },
  maxBytes: number,
  work: Work = {},
): Promise<{ readonly html: string; readonly size: HtmlReportSize }> {
  const byInterest = INTEREST.flatMap(outcome => report.images.filter(image => outcomeOf(image) === outcome));
  const frame = reportHtml(
    { ...report, images: [] },
    { bundle, thumbnails: {}, testImages: byInterest.length },
  );
  let left = maxBytes - Buffer.byteLength(frame);
  const images: TestImage[] = [];
  for (const image of byInterest) {
    left -= sizeInPage(image);
    if (left < 0) break;
    images.push(image);
  }
  const pictures: Record<string, string> = {};
  let count = 0;
  for (const [at, { path: image }] of images.entries()) {
    work.signal?.throwIfAborted();
    const uri = await picture(report.imagesFolder, image, work.signal);
    work.onProgress?.({ message: 'Adding pictures', done: at + 1, total: images.length, unit: 'images' });
    if (uri === null || image in pictures) continue;
    left -= sizeInPage({ [image]: uri });
    if (left < 0) break;
    pictures[image] = uri;
    count += 1;
  }
  const kept = new Set(images);
  const html = reportHtml(
    { ...report, images: report.images.filter(image => kept.has(image)) },
    { bundle, thumbnails: pictures, testImages: byInterest.length },
  );
  return {
    html,
    size: {
      bytes: Buffer.byteLength(html),
      pictures: count,
      images: images.length,
      testImages: byInterest.length,
    },
  };
}

/** Bytes that a value adds to the page's data, its comma included; `<` takes six there. */
function sizeInPage(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value).replaceAll('<', '\\u003c')) + 1;
}

async function picture(folder: string, image: string, signal?: AbortSignal): Promise<string | null> {
  const [file] = await thumbnails(folder, [image], THUMBNAIL_SIZE, signal);
  return file == null ? null : `data:image/png;base64,${(await readFile(file)).toString('base64')}`;
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

import type { HtmlReportSize } from '../contracts/protocol';
import { count } from './count';
import { tenths } from './percent';

/** `3.2 MB, with 212 of 342 pictures`. */
export function htmlReportSize({ bytes, pictures, testImages }: HtmlReportSize): string {
  const size = bytes < 1e6 ? `${count(bytes / 1e3)} kB` : `${tenths(bytes / 1e6)} MB`;
  const all = pictures === testImages;
  return `${size}, with ${all ? 'all' : `${count(pictures)} of`} ${count(testImages)} pictures`;
}

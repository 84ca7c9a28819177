import { counted } from './count';

/** Said of an ensemble that was chosen on some of the dev images; empty where it was on all. */
export function ensembleImages(chosenOn: number, images: number): string {
  return chosenOn < images ? `, chosen on ${counted(chosenOn, 'dev image')}, evenly taken` : '';
}

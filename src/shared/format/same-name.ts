import type { SameName } from '../contracts/scan';

/** `the folders Red_Apple and red_apple`, and why names that look alike are two. */
export function sameNameFolders({ folders }: SameName): string {
  const all = `${folders.slice(0, -1).join(', ')} and ${folders.at(-1)}`;
  const composed = new Set(folders.map(folder => folder.normalize('NFC')));
  const note = composed.size < folders.length ? ' (letters composed in one, decomposed in the other)' : '';
  return `the folders ${all}${note}`;
}

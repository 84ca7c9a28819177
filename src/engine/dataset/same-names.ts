import type { SameName } from '../../shared/contracts/scan';
import { openaiText } from '../models/tokenizer/clip-text';

/**
 * Classes whose names CLIP reads as one text: it takes letters of both cases, runs of blanks and the composed and
 * decomposed forms of a letter (NFC, NFD) alike. Every prompt then scores them alike, and the first one always wins.
 */
export function sameNames(
  classes: readonly { readonly folder: string; readonly name: string }[],
): SameName[] {
  const groups = new Map<string, { name: string; folders: string[] }>();
  for (const { folder, name } of classes) {
    const text = openaiText(name);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { name, folders: [folder] });
    else group.folders.push(folder);
  }
  return [...groups.values()].filter(({ folders }) => folders.length > 1);
}

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { CONTEXT_ENDING, coopFolder } from '../coop-folder';
import { findRuns } from './read-run';
import { withoutStamp } from './run-order';

/**
 * `wanted`, or with the first free number behind it: unique among the runs and contexts beside a document, also where
 * the file system takes upper and lower case, or composed and decomposed letters, for the same.
 */
export async function uniqueRunName(documentFolder: string, wanted: string): Promise<string> {
  const contexts = await readdir(coopFolder(documentFolder, 'contexts')).catch(() => []);
  const { runs, damaged } = await findRuns(coopFolder(documentFolder, 'runs'));
  const names = [
    ...runs.map(run => run.inputs.name),
    // Of a damaged run only the directory tells the name.
    ...damaged.map(({ directory }) => withoutStamp(directory)),
    ...contexts.map(file => path.basename(file, CONTEXT_ENDING)),
  ];
  const taken = new Set(names.map(fold));
  let name = wanted;
  for (let number = 2; taken.has(fold(name)); number += 1) name = `${wanted}-${number}`;
  return name;
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

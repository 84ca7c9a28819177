import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { listRuns } from './read-run';

/** `wanted`, or with the first free number behind it: unique among the runs and contexts beside a document. */
export async function uniqueRunName(documentFolder: string, wanted: string): Promise<string> {
  const coop = path.join(documentFolder, '.coop');
  const contexts = await readdir(path.join(coop, 'contexts')).catch(() => []);
  const taken = new Set([
    ...(await listRuns(path.join(coop, 'runs'))).map(run => run.inputs.name),
    ...contexts.map(file => path.basename(file, '.safetensors')),
  ]);
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}-${number}`)) number += 1;
  return `${wanted}-${number}`;
}

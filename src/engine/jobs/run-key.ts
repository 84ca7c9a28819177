import { createHash } from 'node:crypto';
import { readContextBytes } from '../../files/contexts/learned-context';
import { contextFile } from '../../files/coop-folder';
import type { RunInputs } from '../../shared/contracts/run';
import type { Template } from '../../shared/template/syntax';
import { preprocessingKey } from '../images/preprocess';
import type { Assignment } from '../methods/parts/method';
import type { Task } from '../task/task';

type Hashes = RunInputs['hashes'];

/** Names of what `hashes` stand for, as a person is told that one changed. */
const NAMES: Readonly<Record<Exclude<keyof Hashes, 'contexts'>, string>> = {
  model: 'the model',
  dataset: 'the images',
  classes: 'the class names',
  parts: 'the split',
  preprocessing: 'the preprocessing',
};

/**
 * Hashes of everything outside `run.json` that decides a run's result.
 * @throws CoopError `context.missing` for a name that is no file name
 */
export async function runHashes(task: Task, { template, baseline }: Assignment): Promise<Hashes> {
  const { dataset, opened, project } = task;
  return {
    model: opened.hash,
    dataset: dataset.hash,
    classes: dataset.classesHash,
    parts: dataset.partsHash,
    preprocessing: preprocessingKey(task.preprocess),
    contexts: await contextHashes(project.folder, [template, ...baseline.templates]),
  };
}

/**
 * Hashes of the files of the learned contexts that templates refer to, by name.
 * @throws CoopError `context.missing` for a name that is no file name
 */
export async function contextHashes(
  folder: string,
  templates: readonly Template[],
): Promise<Record<string, string>> {
  const names = templates.flatMap(({ segments }) =>
    segments.flatMap(segment => (segment.kind === 'learned' ? [segment.name] : [])),
  );
  const contexts: Record<string, string> = {};
  for (const name of [...new Set(names)].sort()) {
    // One that is gone is told where it is read.
    const bytes = await readContextBytes(contextFile(folder, name)).catch(() => new Uint8Array());
    contexts[name] = createHash('sha256').update(bytes).digest('hex');
  }
  return contexts;
}

/**
 * Equal for runs that learn the same from the same: an unfinished one of them goes on, and none is learned twice. Another
 * version of the product may learn otherwise.
 */
export function runKey(inputs: RunInputs): string {
  const { version, template, replaces, baseline, recipe, device, precision, hashes } = inputs;
  return JSON.stringify([
    version,
    template,
    replaces,
    baseline,
    sorted(recipe),
    device,
    precision,
    sorted(hashes),
  ]);
}

/** What is no more as it was when a run began, for a sentence; runs of version 0.1 did not keep all hashes. */
export function changedSince(before: Hashes, now: Hashes): string[] {
  const names = Object.keys(NAMES) as (keyof typeof NAMES)[];
  const contexts = Object.entries(before.contexts ?? {}).filter(
    ([name, hash]) => now.contexts?.[name] !== hash,
  );
  return [
    ...names
      .filter(name => before[name] !== undefined && before[name] !== now[name])
      .map(name => NAMES[name]),
    ...contexts.map(([name]) => `the context <${name}>`),
  ];
}

/** The same value whatever order its fields were written in. */
function sorted(value: object): unknown {
  const inOrder = (from: object): unknown =>
    Object.entries(from)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [
        name,
        typeof part === 'object' && part !== null && !Array.isArray(part) ? inOrder(part) : part,
      ]);
  return inOrder(value);
}

import type { Template } from '../../shared/template/syntax';
import type { PromptRows, RowKey } from '../prompt/prompt-rows';
import type { Task } from './task';
import type { FilledRows } from './text-encoding';

/** Prompts that are encoded together: the trie computes what they share once. More of them do not run faster. */
const PROMPTS_AT_ONCE = 4096;

/** Templates of a task that `manyTexts` is best given together. */
export function templatesAtOnce({ classes }: Task): number {
  return Math.max(1, Math.floor(PROMPTS_AT_ONCE / classes.names.length));
}

/**
 * Unit text features [classes, E] of each of many templates, in one go.
 * @param classesFirst where the templates differ after the class name: then the prompts of a class begin alike
 * @throws as `Task.rows` and `Task.encodeRows`
 */
export async function manyTexts(
  task: Task,
  templates: readonly Template[],
  classesFirst: boolean,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const filled: FilledRows[] = [];
  for (const template of templates) filled.push(await task.rows(template));
  const classes = task.classes.names.length;
  const place = (at: number, label: number) =>
    classesFirst ? label * templates.length + at : at * classes + label;
  const slots = filled.map(({ rows }) => rows.slots.length);
  const first = slots.map((_, at) => slots.slice(0, at).reduce((sum, each) => sum + each, 0));
  const rows: PromptRows[] = [];
  for (const [at, { rows: own }] of filled.entries()) {
    const numbered = (key: RowKey): RowKey =>
      key.kind === 'vector' ? { ...key, slot: key.slot + first[at]! } : key;
    for (const [label, prompt] of own.rows.entries())
      rows[place(at, label)] = slots[at] === 0 ? prompt : prompt.map(numbered);
  }
  const features = await task.encodeRows(
    {
      rows: { rows, slots: filled.flatMap(({ rows: own }) => own.slots) },
      fixedVector: (slot, vector, classIndex) => {
        const at = first.findLastIndex((start, each) => start <= slot && slots[each]! > 0);
        return filled[at]!.fixedVector(slot - first[at]!, vector, classIndex);
      },
    },
    signal === undefined ? {} : { signal },
  );
  const width = task.model.embedWidth;
  return filled.map((_, at) => {
    const own = new Float32Array(classes * width);
    for (let label = 0; label < classes; label++) {
      const from = place(at, label) * width;
      own.set(features.subarray(from, from + width), label * width);
    }
    return own;
  });
}

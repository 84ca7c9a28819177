import { CoopError } from '../../../shared/errors';
import { topologicalOrder } from '../../graph/node';
import { concat, input } from '../../graph/operations';
import { embedRows, noFixedVectors, type RowEmbeddings } from '../../prompt/embed-rows';
import { packPrompts } from '../../prompt/pack-prompts';
import type { PromptRows } from '../../prompt/prompt-rows';
import { createSession } from '../../runtime/create-session';
import type { SessionOptions } from '../../runtime/session';
import { textTower } from '../clip/text-tower';
import { dynamicLayout, layoutFeeds } from '../clip/tower-layout';
import type { ClipModel } from '../parts/clip-model';
import { checkFeatures } from './check-features';
import { tableEmbeddings } from './table-embeddings';

export interface TextEncoder {
  /**
   * @param prompts each from SOT to EOT
   * @param fixedVector vectors of the learned contexts that the prompts refer to
   * @param onProgress told after each run how many prompts have their feature
   * @returns [prompts, E] text features, not normalised
   * @throws CoopError `template.tooLong`, and as checkFeatures; the signal's reason when it is aborted between two runs
   */
  encode(
    prompts: readonly PromptRows[],
    fixedVector?: RowEmbeddings['fixedVector'],
    signal?: AbortSignal,
    onProgress?: (done: number) => void,
  ): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Padded rows of one run: the widest tensor is the MLP's [rows, 4d], 32 MB at d = 512. More rows do not run faster. */
const ROWS_PER_RUN = 4096;

/**
 * The text tower for any list of prompts: one compiled graph whose layout is an input.
 * @throws CoopError `device.unavailable`, `file.corrupt`, `file.access`
 */
export async function createTextEncoder(
  model: ClipModel,
  options: SessionOptions = {},
): Promise<TextEncoder> {
  const { embedWidth } = model;
  const tables = await model.textTables();
  const { width } = tables;
  // Two inputs: an input's size can be a symbol, not the sum T + O of two.
  const rows = concat([input('trunk', ['T', width]), input('own', ['O', width])], 0);
  const oneBlock = model.text.blocks.length === 1;
  const tower = textTower(
    model.text,
    { learned: null, fixed: rows, order: null, constantKeysValues: null },
    dynamicLayout(oneBlock),
  );
  const session = await createSession({ features: tower.features! }, options);
  // A tower of one block reads none of the masks but the last.
  const read = new Set(
    topologicalOrder([tower.features!]).map(node => (node.op === 'input' ? node.attributes.name : '')),
  );

  async function encodeRun(
    prompts: readonly PromptRows[],
    embeddings: RowEmbeddings,
    out: Float32Array,
  ): Promise<void> {
    const packed = packPrompts(prompts);
    const { active, trunk } = packed;
    const values = embedRows(active, embeddings, new Float32Array(active.length * width));
    const cut = trunk.active * width;
    const layout = Object.entries(layoutFeeds(packed, oneBlock)).filter(([name]) => read.has(name));
    const { features } = await session.run({
      ...Object.fromEntries(layout),
      trunk: { data: values.slice(0, cut), shape: [trunk.active, width] },
      own: { data: values.slice(cut), shape: [active.length - trunk.active, width] },
    });
    await checkFeatures(features.data, model, 'a prompt', session.device);
    for (const [at, prompt] of packed.promptOfClass.entries()) {
      const from = prompt * embedWidth;
      out.set(features.data.subarray(from, from + embedWidth), at * embedWidth);
    }
  }

  return {
    async encode(prompts, fixedVector = noFixedVectors, signal, onProgress) {
      for (const { length } of prompts) checkLength(length, model.contextLength);
      const embeddings = tableEmbeddings(model, tables, fixedVector);
      const out = new Float32Array(prompts.length * embedWidth);
      for (const [start, end] of runsOf(prompts)) {
        signal?.throwIfAborted();
        await encodeRun(prompts.slice(start, end), embeddings, out.subarray(start * embedWidth));
        onProgress?.(end);
      }
      return out;
    },
    release: () => session.release(),
  };
}

/** Consecutive prompts [start, end) that, padded to their longest, stay within ROWS_PER_RUN. */
function runsOf(prompts: readonly PromptRows[]): [start: number, end: number][] {
  const runs: [number, number][] = [];
  let start = 0;
  let longest = 0;
  prompts.forEach(({ length }, index) => {
    const longer = Math.max(longest, length);
    if (index > start && longer * (index - start + 1) > ROWS_PER_RUN) {
      runs.push([start, index]);
      start = index;
      longest = length;
    } else longest = longer;
  });
  if (start < prompts.length) runs.push([start, prompts.length]);
  return runs;
}

function checkLength(length: number, contextLength: number): void {
  if (length <= contextLength) return;
  throw new CoopError(
    'template.tooLong',
    `A prompt has ${length} tokens, but the model reads at most ${contextLength}.`,
    { next: 'Shorten the template or the class name.' },
  );
}

import { CoopError } from '../../../shared/errors';
import { noFixedVectors, type RowEmbeddings } from '../../prompt/embed-rows';
import type { PromptRows } from '../../prompt/prompt-rows';
import type { SessionOptions } from '../../runtime/session';
import type { ClipModel } from '../parts/clip-model';
import { tableEmbeddings } from '../parts/table-embeddings';
import { checkFeatures } from './check-features';

export interface TextEncoder {
  /**
   * @param prompts each from its first token to its end token
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

const NO_TABLES = { width: 0, tokens: new Float32Array(), positions: new Float32Array() };

/**
 * The text tower for any list of prompts.
 * @throws CoopError `device.unavailable`, `file.corrupt`, `file.access`
 */
export async function createTextEncoder(
  model: ClipModel,
  options: SessionOptions = {},
): Promise<TextEncoder> {
  const { embedWidth, text } = model;
  // A tower that takes token ids has no tables.
  const tables = text.refusal === null ? await model.textTables() : NO_TABLES;
  const session = await text.open(options);
  return {
    async encode(prompts, fixedVector = noFixedVectors, signal, onProgress) {
      for (const { length } of prompts) checkLength(length, model.contextLength);
      const embeddings = tableEmbeddings(model, tables, fixedVector);
      const out = new Float32Array(prompts.length * embedWidth);
      for (const [start, end] of runsOf(prompts, text)) {
        signal?.throwIfAborted();
        const features = await session.encode(prompts.slice(start, end), embeddings);
        await checkFeatures(features, model, 'a prompt', session.device);
        out.set(features, start * embedWidth);
        onProgress?.(end);
      }
      return out;
    },
    release: () => session.release(),
  };
}

/** Consecutive prompts [start, end) that, padded to their longest, stay within ROWS_PER_RUN. */
function runsOf(
  prompts: readonly PromptRows[],
  text: Pick<ClipModel['text'], 'paddedRows'>,
): [start: number, end: number][] {
  const runs: [number, number][] = [];
  let start = 0;
  let longest = 0;
  prompts.forEach((prompt, index) => {
    const length = text.paddedRows(prompt.length);
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

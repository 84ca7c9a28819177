import type { ClipModel } from '../clip/clip-model';
import { textTower } from '../clip/text-tower';
import { dynamicLayout, layoutFeeds } from '../clip/tower-layout';
import { addDims } from '../graph/dim';
import { input } from '../graph/operations';
import { embedRows, type RowEmbeddings } from '../prompt/embed-rows';
import { packPrompts } from '../prompt/pack-prompts';
import type { PromptRows } from '../prompt/prompt-rows';
import { createSession, type SessionOptions } from '../runtime/session';

export interface TextEncoder {
  /**
   * @param fixedVector vectors of learned contexts that the prompts refer to
   * @returns [prompts, E], not normalised
   */
  encode(prompts: readonly PromptRows[], fixedVector?: RowEmbeddings['fixedVector']): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Prompts packed into one call; bounds the memory of masks and activations. */
const PROMPTS_PER_CALL = 512;

const noVectors: RowEmbeddings['fixedVector'] = slot => {
  throw new Error(`slot ${slot} has no vectors`);
};

/**
 * The text tower for any list of prompts: one compiled graph whose layout is an input.
 * @throws CoopError `device.unavailable`, `file.access`
 */
export async function createTextEncoder(
  model: ClipModel,
  options: SessionOptions = {},
): Promise<TextEncoder> {
  const { width } = model.text;
  const { tokens, positions } = await model.textTables();
  const rows = input('rows', [addDims('T', 'O'), width]);
  const tower = textTower(
    model.text,
    { learned: null, fixed: rows, order: null, constantKeysValues: null },
    dynamicLayout(),
  );
  const session = await createSession({ features: tower.features! }, options);

  async function encodePart(
    prompts: readonly PromptRows[],
    fixedVector: RowEmbeddings['fixedVector'],
    out: Float32Array,
  ): Promise<void> {
    const packed = packPrompts(prompts);
    const embeddings: RowEmbeddings = {
      width,
      token: id => tokens.subarray(id * width, (id + 1) * width),
      positional: position => positions.subarray(position * width, (position + 1) * width),
      fixedVector,
    };
    const { active } = packed;
    const data = embedRows(active, embeddings, new Float32Array(active.length * width));
    const result = await session.run({
      rows: { data, shape: [active.length, width] },
      ...layoutFeeds(packed),
    });
    const features = result.features.data;
    for (const [at, prompt] of packed.promptOfClass.entries()) {
      const from = prompt * model.embedWidth;
      out.set(features.subarray(from, from + model.embedWidth), at * model.embedWidth);
    }
  }

  return {
    async encode(prompts, fixedVector = noVectors) {
      const out = new Float32Array(prompts.length * model.embedWidth);
      for (let start = 0; start < prompts.length; start += PROMPTS_PER_CALL) {
        const part = prompts.slice(start, start + PROMPTS_PER_CALL);
        await encodePart(part, fixedVector, out.subarray(start * model.embedWidth));
      }
      return out;
    },
    release: () => session.release(),
  };
}

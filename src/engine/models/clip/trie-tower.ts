import { topologicalOrder } from '../../graph/node';
import { input } from '../../graph/operations';
import { embedRows, type RowEmbeddings } from '../../prompt/embed-rows';
import { packPrompts } from '../../prompt/pack-prompts';
import type { PromptRows } from '../../prompt/prompt-rows';
import { createSession } from '../../runtime/create-session';
import type { SessionOptions } from '../../runtime/session';
import type { TextNodes } from '../parts/text-nodes';
import type { LearnedPrompts, TextSession, TextTower } from '../parts/text-tower';
import { textTower } from './text-tower';
import { dynamicLayout, layoutFeeds } from './tower-layout';
import { learnedTrie, trieFeatures } from './trie-features';

/** A causal tower: what prompts share from their start is computed once, and nothing after their end. */
export class TrieTower implements TextTower {
  readonly refusal = null;

  constructor(readonly nodes: TextNodes) {}

  get width(): number {
    return this.nodes.width;
  }

  get layers(): number {
    return this.nodes.blocks.length;
  }

  paddedRows(length: number): number {
    return length;
  }

  /** One graph whose layout is an input. */
  async open(options: SessionOptions): Promise<TextSession> {
    const { width, heads, projection } = this.nodes;
    const embedWidth = Number(projection.weight.shape[0]);
    const rows = input('rows', ['R', width]);
    const tower = textTower(
      this.nodes,
      { learned: null, fixed: rows, order: null, constantKeysValues: null },
      dynamicLayout(heads),
    );
    const session = await createSession({ features: tower.features }, options);
    // A tower of one block reads the ends' layout alone.
    const read = new Set(
      topologicalOrder([tower.features]).map(node => (node.op === 'input' ? node.attributes.name : '')),
    );
    return {
      device: session.device,
      async encode(prompts: readonly PromptRows[], embeddings: RowEmbeddings) {
        const packed = packPrompts(prompts);
        const { active } = packed;
        const values = embedRows(active, embeddings, new Float32Array(active.length * width));
        const layout = Object.entries(layoutFeeds(packed, heads)).filter(([name]) => read.has(name));
        const { features } = await session.run({
          ...Object.fromEntries(layout),
          rows: { data: values, shape: [active.length, width] },
        });
        const out = new Float32Array(prompts.length * embedWidth);
        for (const [at, prompt] of packed.promptOfClass.entries()) {
          const from = prompt * embedWidth;
          out.set(features.data.subarray(from, from + embedWidth), at * embedWidth);
        }
        return out;
      },
      release: () => session.release(),
    };
  }

  stepRows(prompts: readonly PromptRows[], learnable: (slot: number) => boolean): number {
    return packPrompts(prompts, { learnable }).active.length;
  }

  guessedStepRows(shared: number, classes: number): number {
    return shared + classes * 4;
  }

  async learned(prompts: LearnedPrompts) {
    const trie = await learnedTrie(this.nodes, prompts);
    return (context: Parameters<typeof trieFeatures>[1]) => trieFeatures(trie, context);
  }
}

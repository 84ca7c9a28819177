import assert from 'node:assert/strict';
import { TrieTower } from '../../../src/engine/models/clip/trie-tower';
import type { ClipModel } from '../../../src/engine/models/parts/clip-model';
import type { TextNodes } from '../../../src/engine/models/parts/text-nodes';

/** The weights of a causal text tower. */
export function trieNodes({ text }: Pick<ClipModel, 'text'>): TextNodes {
  assert.ok(text instanceof TrieTower);
  return text.nodes;
}

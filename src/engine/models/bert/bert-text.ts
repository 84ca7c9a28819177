import type { Node } from '../../graph/node';
import { add, concat, gelu, linear, reshape, slice } from '../../graph/operations';
import type { DenseGraph } from '../parts/dense-tower';
import { readLinear, readNorm } from '../parts/hugging-face-tensors';
import { modelInvalid } from '../parts/model-error';
import { attend, splitHeads } from '../parts/self-attention';
import type { StoredTensors } from '../parts/stored-tensors';
import type { LinearNodes, MlpNodes, NormNodes } from '../parts/text-nodes';
import { norm } from '../parts/transformer-block';

/** BERT's (configuration_bert.py, layer_norm_eps). */
const EPSILON = 1e-12;

/** Weights of one block, whose norms come after each sum. */
interface BertBlock extends MlpNodes {
  /** [3d, d] */
  readonly queryKeyValue: LinearNodes;
  readonly out: LinearNodes;
  readonly norm1: NormNodes;
  readonly norm2: NormNodes;
}

const TOWER = 'text.transformer';

/** Names of what is read as values. */
export const BERT_TABLES = {
  tokens: `${TOWER}.embeddings.word_embeddings.weight`,
  positions: `${TOWER}.embeddings.position_embeddings.weight`,
};

/**
 * BERT as a text tower of open_clip (hf_model.py, HFTextEncoder): its class row, the first, through two matrices with a GELU
 * between them (`proj_type` mlp). Sizes are those of the tensors.
 * @param embedWidth E
 */
export function readBert(weights: StoredTensors, heads: number, embedWidth: number): DenseGraph {
  const [, width] = weights.shape(BERT_TABLES.tokens) ?? [0, 0];
  if (width === undefined || width === 0 || width % heads !== 0)
    throw modelInvalid(weights.shownFile, `its text tower’s width does not divide into ${heads} heads`);
  const types = weights.node(`${TOWER}.embeddings.token_type_embeddings.weight`, [2, width]);
  const embeddingNorm = readNorm(weights, `${TOWER}.embeddings.LayerNorm`, width);
  const layers = weights.count(`${TOWER}.encoder.layer.`, '.attention.self.query.weight');
  const blocks = Array.from({ length: layers }, (_, layer) =>
    readBlock(weights, `${TOWER}.encoder.layer.${layer}`, width),
  );
  const hidden = Math.floor((width + embedWidth) / 2);
  const first = weights.node('text.proj.0.weight', [hidden, width]);
  const second = weights.node('text.proj.2.weight', [embedWidth, hidden]);
  return {
    width,
    layers,
    features: (rows, mask, { batch, tokens }) => {
      // Texts alone are all of the first type.
      let x = norm(add(rows, slice(types, 0, 0, 1)), embeddingNorm, EPSILON);
      for (const block of blocks) {
        const projected = linear(x, block.queryKeyValue.weight, block.queryKeyValue.bias);
        const shape = { batch, heads, width };
        const [query, key, value] = splitHeads(projected, 3, tokens, shape) as [Node, Node, Node];
        const attended = attend({ query, key, value }, mask);
        x = norm(add(x, linear(attended, block.out.weight, block.out.bias)), block.norm1, EPSILON);
        const inner = gelu(linear(x, block.fc.weight, block.fc.bias));
        x = norm(add(x, linear(inner, block.proj.weight, block.proj.bias)), block.norm2, EPSILON);
      }
      const pooled = reshape(slice(reshape(x, [batch, tokens, width]), 1, 0, 1), [batch, width]);
      return linear(gelu(linear(pooled, first, null)), second, null);
    },
  };
}

function readBlock(weights: StoredTensors, block: string, width: number): BertBlock {
  const inner = weights.shape(`${block}.intermediate.dense.weight`)?.[0] ?? 0;
  const parts = ['query', 'key', 'value'].map(name =>
    readLinear(weights, `${block}.attention.self.${name}`, width, width),
  );
  return {
    queryKeyValue: {
      weight: concat(
        parts.map(({ weight }) => weight),
        0,
      ),
      bias: concat(
        parts.map(({ bias }) => bias),
        0,
      ),
    },
    out: readLinear(weights, `${block}.attention.output.dense`, width, width),
    norm1: readNorm(weights, `${block}.attention.output.LayerNorm`, width),
    fc: readLinear(weights, `${block}.intermediate.dense`, inner, width),
    proj: readLinear(weights, `${block}.output.dense`, width, inner),
    norm2: readNorm(weights, `${block}.output.LayerNorm`, width),
  };
}

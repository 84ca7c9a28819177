import * as v from 'valibot';
import { concat } from '../../graph/operations';
import { modelInvalid, modelUnsupported } from './model-error';
import { count, epsilon } from './read-config';
import type { StoredTensors } from './stored-tensors';
import type { BlockNodes, LinearNodes, NormNodes, TransformerShape } from './text-nodes';

/** What transformers' CLIP and SigLIP call alike. */
export interface TowerConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
}

/** Fields of a tower that its configuration may leave out, with a family's values for them. */
export const towerFields = (defaults: {
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
  readonly num_hidden_layers: number;
}) => ({
  hidden_act: v.nullish(v.string(), defaults.hidden_act),
  layer_norm_eps: v.nullish(epsilon, defaults.layer_norm_eps),
  num_hidden_layers: v.nullish(count, defaults.num_hidden_layers),
});

/** transformers' names of activations. */
const ACTIVATIONS: ReadonlyMap<string, TransformerShape['activation']> = new Map([
  ['quick_gelu', 'quick_gelu'],
  ['gelu', 'gelu'],
  ['gelu_pytorch_tanh', 'gelu_tanh'],
  ['gelu_new', 'gelu_tanh'],
]);

/** @throws CoopError `model.invalid`, `model.unsupported` naming the field of `part` */
export function shapeOf(file: string, part: string, config: TowerConfig): TransformerShape {
  const { hidden_size: width, num_attention_heads: heads, hidden_act: name } = config;
  if (width % heads !== 0)
    throw modelInvalid(file, `${part}.hidden_size ${width} does not divide into ${heads} heads`);
  const activation = ACTIVATIONS.get(name);
  if (activation === undefined)
    throw modelUnsupported(
      file,
      `${part}.hidden_act is ${name}, not one of ${[...ACTIVATIONS.keys()].join(', ')}`,
    );
  return { width, heads, activation, epsilon: config.layer_norm_eps };
}

export function readNorm(weights: StoredTensors, name: string, width: number): NormNodes {
  return { weight: weights.node(`${name}.weight`, [width]), bias: weights.node(`${name}.bias`, [width]) };
}

export function readLinear(weights: StoredTensors, name: string, out: number, input: number) {
  return { weight: weights.node(`${name}.weight`, [out, input]), bias: weights.node(`${name}.bias`, [out]) };
}

export function readBlocks(weights: StoredTensors, prefix: string, config: TowerConfig): BlockNodes[] {
  const { hidden_size: width, intermediate_size: inner } = config;
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => {
    const block = `${prefix}.${layer}`;
    const part = (name: 'q' | 'k' | 'v' | 'out') =>
      readLinear(weights, `${block}.self_attn.${name}_proj`, width, width);
    const [query, key, value] = [part('q'), part('k'), part('v')];
    const join = (parts: readonly (typeof query)[]): LinearNodes => ({
      weight: concat(
        parts.map(({ weight }) => weight),
        0,
      ),
      bias: concat(
        parts.map(({ bias }) => bias),
        0,
      ),
    });
    return {
      norm1: readNorm(weights, `${block}.layer_norm1`, width),
      queryKeyValue: join([query, key, value]),
      query,
      keyValue: join([key, value]),
      out: part('out'),
      norm2: readNorm(weights, `${block}.layer_norm2`, width),
      fc: readLinear(weights, `${block}.mlp.fc1`, inner, width),
      proj: readLinear(weights, `${block}.mlp.fc2`, width, inner),
    };
  });
}

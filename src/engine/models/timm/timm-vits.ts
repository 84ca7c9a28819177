import type { TransformerShape } from '../parts/text-nodes';

/** What no tensor's shape tells of a vision transformer of timm. */
export interface TimmVit {
  readonly heads: number;
  readonly activation: TransformerShape['activation'];
}

const vit = (heads: number, activation: TransformerShape['activation'] = 'gelu'): TimmVit => ({
  heads,
  activation,
});

/**
 * SigLIP's image towers by their name in timm (vision_transformer.py of timm 1.0): without a class row, pooled by attention.
 */
export const SIGLIP_VITS: ReadonlyMap<string, TimmVit> = new Map([
  ['vit_base_patch32_siglip_256', vit(12, 'gelu_tanh')],
  ...[224, 256, 384, 512].map(side => [`vit_base_patch16_siglip_${side}`, vit(12)] as const),
  ['vit_large_patch16_siglip_256', vit(16)],
  ['vit_large_patch16_siglip_384', vit(16)],
  ['vit_large_patch16_siglip_512', vit(16, 'gelu_tanh')],
  ...[224, 378, 384].map(side => [`vit_so400m_patch14_siglip_${side}`, vit(16)] as const),
  ...[256, 384, 512].map(side => [`vit_so400m_patch16_siglip_${side}`, vit(16, 'gelu_tanh')] as const),
  ...[256, 384].map(side => [`vit_giantopt_patch16_siglip_${side}`, vit(16, 'gelu_tanh')] as const),
]);

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

/** Plain towers with a class row (BiomedCLIP). */
export const CLASS_ROW_VITS: ReadonlyMap<string, TimmVit> = new Map([['vit_base_patch16_224', vit(12)]]);

/** What no tensor's shape tells of timm's `Eva`. */
export interface TimmEva {
  readonly heads: number;
  readonly epsilon: number;
  /** Patches on a side of the images it was trained on first; offset and order of positions. */
  readonly reference: number;
  readonly offset: number;
  readonly indexing: 'ij' | 'xy';
  /** Heads of the pooling head; null: the class row is taken. */
  readonly poolHeads: number | null;
}

const eva02 = (heads: number): TimmEva => ({
  heads,
  epsilon: 1e-6,
  reference: 16,
  offset: 0,
  indexing: 'ij',
  poolHeads: null,
});

const perception = (heads: number, reference: number): TimmEva => ({
  heads,
  epsilon: 1e-5,
  reference,
  offset: 1,
  indexing: 'xy',
  poolHeads: 8,
});

/** EVA-02's and Perception Encoder's image towers by their name in timm (eva.py of timm 1.0). */
export const EVA_TOWERS: ReadonlyMap<string, TimmEva> = new Map([
  ['eva02_base_patch16_clip_224', eva02(12)],
  ['eva02_large_patch14_clip_224', eva02(16)],
  ['eva02_large_patch14_clip_336', eva02(16)],
  ['vit_pe_core_tiny_patch16_384', perception(3, 24)],
  ['vit_pe_core_small_patch16_384', perception(6, 24)],
  ['vit_pe_core_base_patch16_224', perception(12, 14)],
  ['vit_pe_core_large_patch14_336', perception(16, 24)],
]);

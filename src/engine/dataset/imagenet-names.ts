import names from './imagenet-names.json';

/**
 * ImageNet's 1000 classes: WordNet id → name as CLIP's authors chose it (openai/CLIP, notebooks/
 * Prompt_Engineering_for_ImageNet.ipynb), in the order of the ids, which is that of the labels. CoOp's classnames.txt holds
 * the same. Two names stand twice: “missile” and “sunglasses”.
 */
export const IMAGENET_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(names));

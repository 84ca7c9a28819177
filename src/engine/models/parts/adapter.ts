import type { CoopError } from '../../../shared/errors';
import { isHubId } from '../../../shared/snippets/snippet-facts';
import { modelUnsupported } from './model-error';

/** Of PEFT: transformers itself loads what it adapts and the adapter where this file stands. */
export const ADAPTER_CONFIG = 'adapter_config.json';
/** Longer than any name on the hub, which has at most 96. */
const MAX_NAME = 100;

/**
 * Why an adapter (LoRA) is not opened. Its base model is named as far as the configuration tells; that text is anyone's.
 * @param shown the adapter, as messages name it
 * @param config the text of its configuration; null where it cannot be read
 * @param beside how weights that lie beside it are used; '' where that is no question
 */
export function adapterRefusal(shown: string, config: string | null, beside: string): CoopError {
  const base = baseModel(config);
  const merging = '(peft: merge_and_unload, then save_pretrained) and use that';
  return modelUnsupported(
    shown,
    `it is an adapter (LoRA)${base === null ? '' : ` of ${JSON.stringify(base.slice(0, MAX_NAME))}`}, not a model`,
    base !== null && base.length <= MAX_NAME && isHubId(base)
      ? `Use its base model, “${base}”, or merge the adapter into it ${merging}${beside}.`
      : `Merge it into its base model ${merging}${beside}.`,
  );
}

function baseModel(config: string | null): string | null {
  try {
    const { base_model_name_or_path: base } = JSON.parse(config ?? '{}') as Record<string, unknown>;
    return typeof base === 'string' ? base : null;
  } catch {
    return null;
  }
}

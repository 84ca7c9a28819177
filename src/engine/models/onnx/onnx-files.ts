import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { modelMissing, modelUnsupported } from '../parts/model-error';
import type { ModelFiles } from '../parts/model-files';

/** Both towers of a model as ONNX files of one precision. */
export interface OnnxFiles {
  /** Where configuration and tokenizer lie. */
  readonly folder: string;
  readonly text: string;
  readonly vision: string;
  /**
   * Whether activations are 8 bits, scaled by the greatest of a whole run: each image and prompt is then run alone, so that its
   * feature does not depend on the others'.
   */
  readonly alone: boolean;
}

/** transformers.js' names: which tower, and in which precision (`_fp16`, `_quantized` …; none: float32). */
const TOWER = /^(text|vision)_model(_[a-z0-9]+)?\.onnx$/;
/** Of several precisions the most exact is taken; others are named by their file. */
const PREFERRED = ['', '_fp16', '_quantized', '_int8', '_uint8'];
const EIGHT_BITS = /quantized|int8|q8/;
const FOLDER = 'onnx';

/**
 * The ONNX towers of a model: in its folder or the folder `onnx` in it; null where there are none. A file that was named
 * chooses the precision.
 * @throws CoopError `model.missing` when the tower beside a named one is not there; `model.unsupported` for another ONNX file
 */
export function onnxFiles({ folder, named }: ModelFiles): OnnxFiles | null {
  if (named !== null) {
    const suffix = TOWER.exec(named)?.[2] ?? (TOWER.test(named) ? '' : null);
    if (suffix === null && named.endsWith('.onnx'))
      throw modelUnsupported(
        path.join(folder, named),
        'it is an ONNX file of another name than those of a tower, text_model.onnx and vision_model.onnx',
        'Use an export with both towers in files of their own, as transformers.js has them.',
      );
    if (suffix === null) return null;
    const found = towersOf(folder, suffix);
    for (const file of [found.text, found.vision])
      if (!existsSync(file))
        throw modelMissing(
          file,
          `${file} does not exist, and a model needs both towers.`,
          'Download it, too.',
        );
    return found;
  }
  for (const place of [path.join(folder, FOLDER), folder]) {
    const names = namesIn(place);
    const suffixes = names.flatMap(name => {
      const match = TOWER.exec(name);
      return match?.[1] === 'text' ? [match[2] ?? ''] : [];
    });
    const complete = suffixes.filter(suffix => names.includes(`vision_model${suffix}.onnx`));
    const [suffix] = complete.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
    if (suffix !== undefined) return towersOf(place, suffix);
  }
  return null;
}

/** All ONNX files of a model's folder, whatever they are. */
export const onnxNames = (folder: string): readonly string[] =>
  ['', FOLDER].flatMap(place =>
    namesIn(path.join(folder, place))
      .filter(name => name.endsWith('.onnx'))
      .map(name => path.join(place, name)),
  );

const rank = (suffix: string): number => {
  const at = PREFERRED.indexOf(suffix);
  return at < 0 ? PREFERRED.length : at;
};

function towersOf(place: string, suffix: string): OnnxFiles {
  const above = path.basename(place) === FOLDER && !existsSync(path.join(place, 'config.json'));
  return {
    folder: above ? path.dirname(place) : place,
    text: path.join(place, `text_model${suffix}.onnx`),
    vision: path.join(place, `vision_model${suffix}.onnx`),
    alone: EIGHT_BITS.test(suffix),
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

import { nearestClasses } from '../src/engine/measure/nearest-classes';
import { unitRows } from '../src/engine/measure/unit-features';
import { classify } from '../src/engine/measure/zero-shot';
import { createTextEncoder } from '../src/engine/models/encoders/text-encoder';
import { openModel } from '../src/engine/models/shelf/open-model';
import { templateRows } from '../src/engine/prompt/template-rows';
import { parseTemplate } from '../src/shared/template/parse-template';
import { manyNames } from './class-names';
import { seconds } from './timing';

export interface ManyClassesFigures {
  readonly classes: number;
  readonly encodeSeconds: number;
  /** As many images as classes. */
  readonly compareSeconds: number;
  /** One product after the other, on a part of the images, for all. */
  readonly plainSeconds: number;
}

const PLAIN_IMAGES = 20;

/** One template for as many classes as ImageNet-21k has, and as many images told apart by it. */
export async function manyClassesBench(
  folder: string,
  classes: number,
  threads: number,
): Promise<ManyClassesFigures> {
  const model = await openModel(folder);
  const tokenizer = await model.tokenizer();
  const names = manyNames(classes);
  const { rows } = templateRows(
    parseTemplate('a photo of a {}.').template!,
    { names, columns: new Map() },
    tokenizer,
    { contextLength: model.contextLength },
  );
  const encoder = await createTextEncoder(model, { threads });
  let features = new Float32Array(0);
  const encodeSeconds = await seconds(async () => {
    features = new Float32Array(await encoder.encode(rows));
  });
  await encoder.release();
  const texts = unitRows(features, model.embedWidth);
  // Images that lie near a class each, as a trained model's do.
  const images = texts.map((value, i) => value + 0.05 * Math.sin(i * 12.9898));
  let found = new Int32Array(0);
  const compareSeconds = await seconds(async () => {
    found = new Int32Array(await nearestClasses(images, texts, model.embedWidth));
  });
  const some = images.subarray(0, PLAIN_IMAGES * model.embedWidth);
  let plain = new Int32Array(0);
  const plainSeconds = await seconds(async () => {
    plain = new Int32Array(classify(some, texts, model.embedWidth, model.similarity.scale).predictions);
  });
  if (plain.some((label, i) => label !== found[i])) throw new Error('the two ways differ');
  return {
    classes,
    encodeSeconds,
    compareSeconds,
    plainSeconds: (plainSeconds * classes) / PLAIN_IMAGES,
  };
}

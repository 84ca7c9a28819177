import path from 'node:path';
import { interpret } from '../../../src/engine/graph/interpret';
import { loadWeights } from '../../../src/engine/graph/load-weights';
import type { Node } from '../../../src/engine/graph/node';
import { buildProblem } from '../../../src/engine/methods/coop/learn-problem';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { templateRows } from '../../../src/engine/prompt/template-rows';
import { readSafetensorsHeader, readTensor, readTensorF64 } from '../../../src/files/tensors/safetensors';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { COOP_GOLDEN, type CoopCase, coopGolden, lineOf } from './coop-golden';

/** A recorded case as a learning problem, with its recorded tensors and image features. */
export async function learnCase(one: CoopCase, precision: 'float32' | 'float64') {
  const model = await openModel(path.join(COOP_GOLDEN, '../models/hf-vit-quickgelu'));
  const names = coopGolden.classnames.map(name => name.replaceAll('_', ' '));
  const template = templateRows(
    parseTemplate(lineOf(one)).template!,
    { names, columns: new Map() },
    await model.tokenizer(),
    { contextLength: model.contextLength, referenceInit: one.case === 'end-words-multipiece' },
  );
  const file = path.join(COOP_GOLDEN, `${one.case}.safetensors`);
  const { tensors } = await readSafetensorsHeader(file);
  const { tensors: data } = await readSafetensorsHeader(path.join(COOP_GOLDEN, 'data.safetensors'));
  const problem = await buildProblem({
    model,
    template,
    classes: names.length,
    batch: coopGolden.batch,
    precision,
    ...(precision === 'float64' ? { compute: interpreted } : {}),
  });
  return {
    model,
    template,
    problem,
    recorded: (name: string) => readTensorF64(file, tensors.get(name)!),
    features: await readTensor(path.join(COOP_GOLDEN, 'data.safetensors'), data.get('features')!),
  };
}

async function interpreted(outputs: readonly Node[]): Promise<Float64Array[]> {
  return interpret(outputs, {}, await loadWeights(outputs)).map(({ data }) => data);
}

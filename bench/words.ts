import { readFileSync } from 'node:fs';
import { createTextEncoder } from '../src/engine/models/encoders/text-encoder';
import { openModel } from '../src/engine/models/shelf/open-model';
import { templateRows } from '../src/engine/prompt/template-rows';
import { filledTemplate } from '../src/shared/template/fill-words';
import { parseTemplate } from '../src/shared/template/parse-template';
import { shortNames } from './class-names';
import { seconds } from './timing';
import type { Torch } from './torch';

export interface WordsFigures {
  /** Lines for all classes a second: tokenised and encoded. */
  readonly candidatesPerSecond: number;
  /** On all 77 rows of every prompt. */
  readonly torchCandidatesPerSecond: number | null;
}

/** A template with one common word after the other in its slot, for 10 classes, as a word soup scores them. */
export async function wordsBench(
  folder: string,
  line: string,
  threads: number,
  torch: Torch | null,
  words: number,
): Promise<WordsFigures> {
  const model = await openModel(folder);
  const tokenizer = await model.tokenizer();
  const names = shortNames(10);
  const list = readFileSync('media/words/common.txt', 'utf8').split('\n').slice(0, words);
  const template = parseTemplate(line).template!;
  const after = line.indexOf('{}') < line.indexOf('[');
  const rowsOf = (word: string) =>
    templateRows(filledTemplate(template, word), { names, columns: new Map() }, tokenizer, {
      contextLength: model.contextLength,
    }).rows;
  const encoder = await createTextEncoder(model, { threads });
  await encoder.encode(rowsOf('warm'));
  const ours = await seconds(async () => {
    const candidates = list.map(rowsOf);
    // As WordScores does: prompts that begin alike stand side by side.
    await encoder.encode(
      after ? names.flatMap((_, label) => candidates.map(rows => rows[label]!)) : candidates.flat(),
    );
  });
  await encoder.release();
  const prompts = rowsOf('warm').map(rows => rows.map(row => (row.kind === 'token' ? row.id : 0)));
  const four = [...prompts, ...prompts, ...prompts, ...prompts];
  if (torch !== null) await torch.time({ work: 'texts', prompts: four });
  const rival = torch === null ? null : await torch.time({ work: 'texts', prompts: four });
  return {
    candidatesPerSecond: list.length / ours,
    torchCandidatesPerSecond: rival === null ? null : four.length / names.length / rival,
  };
}

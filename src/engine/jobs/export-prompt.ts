import path from 'node:path';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { type TensorToWrite, writeSafetensors } from '../../files/tensors/write-safetensors';
import { CoopError } from '../../shared/errors';
import { exportEnding, snippet } from '../../shared/snippets/snippet';
import { isHubId, type Library } from '../../shared/snippets/snippet-facts';
import { parseTemplate } from '../../shared/template/parse-template';
import type { Similarity } from '../measure/zero-shot';
import type { RowEmbeddings } from '../prompt/embed-rows';
import type { TemplateRows } from '../prompt/template-rows';
import type { Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import type { Task } from '../task/task';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { lineCalibration } from './line-calibration';
import { modelWarnings } from './task-warnings';
import { writeOnnxClassifier } from './write-onnx-classifier';

export interface PromptExport {
  readonly project: Project;
  /** A template of the document, or one that refers to learned contexts beside it. */
  readonly line: string;
  /** `.safetensors`, `.json`, or `.onnx` for the whole classifier. */
  readonly out: string;
  /** Code for this library, in which the file is called `shownAs`; null for none. */
  readonly library: Library | null;
  readonly shownAs: string;
  /** Below this probability, calibrated on dev images, the code answers “none of these”; absent: as the model says it. */
  readonly threshold?: number;
  readonly shelf: TaskShelf;
}

export interface ExportedPrompt {
  readonly classes: number;
  readonly code: string | null;
}

/**
 * A whole prompt for other programs (docs/FILE-FORMATS.md): with `.safetensors` the token ids of every class, the
 * learned vectors and where they go, with `.json` too each class's text feature, with `.onnx` a classifier of images.
 * @throws CoopError as TaskShelf.open and Task.text; `usage` for another ending, also than the library's code opens; `model.unsupported` when the
 * library cannot load the model
 */
export async function exportPrompt(
  { project, line, out, library, shownAs, threshold, shelf }: PromptExport,
  work: Work = {},
): Promise<ExportedPrompt> {
  if (library !== null && !out.endsWith(exportEnding(library)))
    throw new CoopError(
      'usage',
      `The code for ${library} opens a prompt as ${exportEnding(library)}, not ${path.basename(out)}.`,
      { subject: out, next: 'Export it with that ending, or leave the code out.' },
    );
  const task = await shelf.open(project, work);
  const spec = project.document.directives.model!;
  const { model, hash } = task.opened;
  const id = isHubId(spec) && model.layout !== 'open-ai' ? spec : model.folder;
  const code =
    library === null
      ? null
      : snippet(library, {
          file: shownAs,
          model: id,
          layout: model.layout,
          preprocess: model.preprocess,
        });
  for (const warning of modelWarnings(model)) work.onWarning?.(warning);
  const { names } = task.classes;
  const found = findLine(project.document, line);
  const { features } = await task.text(found, work);
  const confidence: Partial<Record<'temperature' | 'threshold', number>> =
    threshold === undefined ? {} : await confidenceOf(task, features, threshold, work);
  const textEmbeds: TensorToWrite = { data: features, shape: [names.length, model.embedWidth] };
  if (out.endsWith('.json')) {
    await writeFileAtomic(
      out,
      `${JSON.stringify({
        line,
        model: spec,
        classes: names,
        ...logitNumbers(model.similarity),
        ...confidence,
        text_embeds: names.map((_, label) => [
          ...features.subarray(label * model.embedWidth, (label + 1) * model.embedWidth),
        ]),
      })}\n`,
    );
  } else if (out.endsWith('.onnx')) {
    const metadata = {
      line,
      model: spec,
      model_hash: hash,
      classes: JSON.stringify(names),
      ...asTexts(confidence),
    };
    const { temperature = null } = confidence;
    await writeOnnxClassifier(
      { model, preprocess: task.preprocess, texts: features, temperature, metadata, out },
      work,
    );
  } else if (out.endsWith('.safetensors')) {
    const template = parseTemplate(line).template;
    if (template === null || found.kind === 'ensemble')
      throw new CoopError('usage', `“${line}” is several templates, which have no token ids in common.`, {
        subject: line,
        next: 'Export it as .json: its text features.',
      });
    const { rows, fixedVector } = await task.rows(template);
    const tensors = promptTensors(rows, fixedVector, {
      contextLength: model.contextLength,
      width: model.text.width,
      padding: task.opened.tokenizer.padding,
    });
    await writeFileAtomic(
      out,
      writeSafetensors(new Map([...tensors, ['text_embeds', textEmbeds]]), {
        line,
        model: spec,
        model_hash: hash,
        classes: JSON.stringify(names),
        ...asTexts({ ...logitNumbers(model.similarity), ...confidence }),
      }),
    );
  } else {
    throw new CoopError('usage', `The ending of ${path.basename(out)} names no format of a prompt.`, {
      subject: out,
      next: 'Use .safetensors, .json or .onnx.',
    });
  }
  return { classes: names.length, code };
}

function asTexts(numbers: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]));
}

async function confidenceOf(task: Task, texts: Float32Array, asked: number, work: Work) {
  const { temperature, threshold } = await lineCalibration(task, texts, asked, work);
  return { temperature, threshold };
}

/** What turns cosines into logits: `logit_scale`, and where the model has one `logit_bias`. */
const logitNumbers = ({ scale, bias }: Similarity): Readonly<Record<string, number>> =>
  bias === 0 ? { logit_scale: scale } : { logit_scale: scale, logit_bias: bias };

/**
 * `input_ids` and `vector_index`, both int64 [classes, T], and `vectors` [vectors, d]: a place holds a token, or the
 * vector of that number.
 */
function promptTensors(
  { rows }: TemplateRows,
  fixedVector: RowEmbeddings['fixedVector'],
  {
    contextLength,
    width,
    padding,
  }: { readonly contextLength: number; readonly width: number; readonly padding: number },
): ReadonlyMap<string, TensorToWrite> {
  const shape = [rows.length, contextLength];
  const inputIds = new BigInt64Array(rows.length * contextLength).fill(BigInt(padding));
  const vectorIndex = new BigInt64Array(rows.length * contextLength).fill(-1n);
  const numbers = new Map<string, bigint>();
  const vectors: number[] = [];
  for (const [label, prompt] of rows.entries()) {
    for (const [position, key] of prompt.entries()) {
      const place = label * contextLength + position;
      if (key.kind === 'token') {
        inputIds[place] = BigInt(key.id);
        continue;
      }
      inputIds[place] = 0n;
      const name = `${key.slot} ${key.vector} ${key.classIndex}`;
      let number = numbers.get(name);
      if (number === undefined) {
        number = BigInt(numbers.size);
        numbers.set(name, number);
        vectors.push(...Array.from(fixedVector(key.slot, key.vector, key.classIndex)));
      }
      vectorIndex[place] = number;
    }
  }
  return new Map<string, TensorToWrite>([
    ['input_ids', { data: inputIds, shape }],
    ['vector_index', { data: vectorIndex, shape }],
    ['vectors', { data: Float32Array.from(vectors), shape: [numbers.size, width] }],
  ]);
}

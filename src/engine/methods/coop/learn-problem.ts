import type { ConstantData, Node } from '../../graph/node';
import { constant } from '../../graph/operations';
import { textTower } from '../../models/clip/text-tower';
import { staticLayout } from '../../models/clip/tower-layout';
import { tableEmbeddings } from '../../models/encoders/table-embeddings';
import type { ClipModel } from '../../models/parts/clip-model';
import { embedRows, noFixedVectors, positionalRows, type RowEmbeddings } from '../../prompt/embed-rows';
import { type PackedRow, packConstants, packPrompts } from '../../prompt/pack-prompts';
import type { RowKey } from '../../prompt/prompt-rows';
import type { TemplateRows } from '../../prompt/template-rows';
import { createSession } from '../../runtime/create-session';
import type { LearnProblem } from './learn-graph';
import type { TextPull } from './text-pull';

export interface ProblemOptions {
  readonly model: ClipModel;
  readonly template: TemplateRows;
  readonly classes: number;
  /** Vectors of learned contexts that the template refers to; default: there are none. */
  readonly fixedVector?: RowEmbeddings['fixedVector'];
  readonly batch: number;
  /** Default: none. */
  readonly pull?: TextPull | null;
  /** Classes [start, end) whose prompts are packed; default all. Vectors are numbered over all classes. */
  readonly only?: readonly [start: number, end: number];
  /** Float64 for the interpreter; the default is what onnxruntime computes in. */
  readonly precision?: 'float32' | 'float64';
  /** Computes constant rows' keys and values, one [rows, 2d] per layer. Default: onnxruntime on the CPU. */
  readonly compute?: (outputs: readonly Node[]) => Promise<readonly ConstantData[]>;
}

/**
 * Everything of a learning problem that is the same at every step (see LearnProblem): the packed rows, their fixed
 * inputs, and the keys and values of rows that no learned vector reaches.
 */
export async function buildProblem(options: ProblemOptions): Promise<LearnProblem> {
  const { model, template, batch, compute = onCpu } = options;
  const { width } = model.text;
  const tables = await model.textTables();
  const embeddings = tableEmbeddings(model, tables, options.fixedVector ?? noFixedVectors);
  const floats = (rows: readonly PackedRow[]) =>
    options.precision === 'float64'
      ? new Float64Array(rows.length * width)
      : new Float32Array(rows.length * width);
  const numbering = numberVectors(template, options.classes);
  const learnable = (slot: number) => numbering.isLearnable(slot);
  const prompts = options.only === undefined ? template.rows : template.rows.slice(...options.only);
  const packed = packPrompts(prompts, { learnable });
  const constants = packConstants(prompts, { learnable });
  let constantKeysValues: readonly ConstantData[] | null = null;
  if (constants !== null) {
    const rows = embedRows(constants.active, embeddings, floats(constants.active));
    const tower = textTower(
      model.text,
      {
        learned: null,
        fixed: constant(rows, [constants.active.length, width]),
        order: null,
        constantKeysValues: null,
      },
      staticLayout(constants),
    );
    constantKeysValues = await compute(tower.keysValues);
  }
  const vectorOfRow = Int32Array.from(packed.active, ({ key }) => numbering.vectorOf(key));
  const learned = packed.active.filter((_, row) => vectorOfRow[row]! >= 0);
  const fixed = packed.active.filter((_, row) => vectorOfRow[row]! < 0);
  return {
    model: model.text,
    packed,
    vectors: numbering.vectors,
    vectorOfRow,
    learnedPositions: positionalRows(learned, embeddings, floats(learned)),
    fixedRows: embedRows(fixed, embeddings, floats(fixed)),
    constantKeysValues,
    logitScale: model.logitScale,
    imageWidth: model.embedWidth,
    batch,
    pull: options.pull ?? null,
  };
}

/** Where the vectors of each learnable slot lie in the context matrix [vectors, d]; class-specific slots class by class. */
export interface VectorNumbering {
  readonly vectors: number;
  /** Per slot of the template: its first vector and their number; null for a slot that is not learned. */
  readonly slots: readonly ({ readonly first: number; readonly count: number } | null)[];
  isLearnable(slot: number): boolean;
  /** −1 for a row whose input is fixed. */
  vectorOf(key: RowKey): number;
}

export function numberVectors({ slots }: TemplateRows, classes: number): VectorNumbering {
  let vectors = 0;
  const places = slots.map(({ context, length, perClass }) => {
    if (context !== null) return null;
    const place = { first: vectors, count: length * (perClass ? classes : 1) };
    vectors += place.count;
    return place;
  });
  return {
    vectors,
    slots: places,
    isLearnable: slot => places[slot] != null,
    vectorOf(key) {
      if (key.kind === 'token') return -1;
      const place = places[key.slot];
      if (place == null) return -1;
      return place.first + (key.classIndex ?? 0) * slots[key.slot]!.length + key.vector;
    },
  };
}

async function onCpu(outputs: readonly Node[]): Promise<readonly ConstantData[]> {
  const session = await createSession(Object.fromEntries(outputs.map((node, at) => [`layer${at}`, node])));
  const results = await session.run({});
  await session.release();
  return outputs.map((_, at) => results[`layer${at}`]!.data);
}

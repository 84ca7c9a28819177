import type { ClipModel } from '../../models/parts/clip-model';
import { tableEmbeddings } from '../../models/parts/table-embeddings';
import type { LearnedPrompts } from '../../models/parts/text-tower';
import { noFixedVectors, type RowEmbeddings } from '../../prompt/embed-rows';
import type { RowKey } from '../../prompt/prompt-rows';
import type { TemplateRows } from '../../prompt/template-rows';
import type { LearnProblem } from './learn-graph';
import type { VectorBlock } from './soap';
import type { TextPull } from './text-pull';

export interface ProblemOptions extends Pick<LearnedPrompts, 'precision' | 'compute'> {
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
}

/** Everything of a learning problem that is the same at every step. @throws CoopError as `TextTower.learned` */
export async function buildProblem(options: ProblemOptions): Promise<LearnProblem> {
  const { model, template, batch } = options;
  const { text } = model;
  const numbering = numberVectors(template, options.classes);
  const features = await text.learned({
    prompts: options.only === undefined ? template.rows : template.rows.slice(...options.only),
    embeddings: tableEmbeddings(model, await model.textTables(), options.fixedVector ?? noFixedVectors),
    learnable: slot => numbering.isLearnable(slot),
    vectorOf: key => numbering.vectorOf(key),
    precision: options.precision,
    compute: options.compute,
  });
  return {
    text: { width: text.width, features },
    vectors: numbering.vectors,
    logitScale: model.similarity.scale,
    imageWidth: model.embedWidth,
    batch,
    pull: options.pull ?? null,
  };
}

/** Where the vectors of each learnable slot lie in the context matrix [vectors, d]; class-specific slots class by class. */
export interface VectorNumbering {
  readonly vectors: number;
  /** Per slot of the template: its first vector and their number; null for a slot that is not learned. */
  readonly slots: readonly (VectorBlock | null)[];
  /** Vectors that stand in a prompt together: a slot's, class by class where each has its own. */
  readonly blocks: readonly VectorBlock[];
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
    blocks: places.flatMap((place, slot) => {
      if (place === null) return [];
      const { length: count } = slots[slot]!;
      return Array.from({ length: place.count / count }, (_, nth) => ({
        first: place.first + nth * count,
        count,
      }));
    }),
    isLearnable: slot => places[slot] != null,
    vectorOf(key) {
      if (key.kind === 'token') return -1;
      const place = places[key.slot];
      if (place == null) return -1;
      return place.first + (key.classIndex ?? 0) * slots[key.slot]!.length + key.vector;
    },
  };
}

import * as v from 'valibot';
import { CoopError } from '../errors';
import { seedTwice } from './check-choice';
import { FEATURE_METHODS } from './method-spec';
import { RECIPE_NAMES } from './recipes';
import { count, type Immutable } from './stored';

/** `*.experiment.json`: a grid of runs, written by a person. Descriptions are what the editor shows of a field. */
const described = <const S extends v.GenericSchema>(schema: S, text: string) =>
  v.pipe(schema, v.description(text));

/** One line: it may stand in a document or a table. */
const words = v.pipe(v.string(), v.minLength(1), v.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u, 'is not one line'));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const positive = v.pipe(v.number(), v.finite(), v.minValue(0));
const list = <const S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.minLength(1));

const NamedDataset = v.strictObject({
  name: described(words, 'What tables and figures call it.'),
  images: described(
    words,
    'Folder of images, relative to this file, or the name of one of the paper’s data sets below root.',
  ),
  baseline: v.exactOptional(described(words, 'The hand-written line; default: “a photo of a {}.”.')),
  classes: v.exactOptional(described(words, 'As after @classes: a CSV file, “subset base”, …')),
  split: v.exactOptional(
    described(words, 'As after @split: “folders”, “coop FILE.json”, “40/20/40 seed 1”.'),
  ),
});

const Target = v.strictObject({
  name: described(words, 'What tables call it.'),
  images: v.exactOptional(
    described(
      words,
      'A whole folder of the same classes, or of some of them, relative to this file; or a name such as “ImageNet-R”.',
    ),
  ),
  classes: v.exactOptional(
    described(
      words,
      'Other classes of the same images, tested on their own test part: “subset new” after learning “subset base”.',
    ),
  ),
});

const Prompt = v.strictObject({
  name: described(words, 'What tables and figures call it.'),
  layout: described(
    words,
    'What is learned: “[V:16] {}.”, “[V:8] {} [V:8].”, “[V:16 per-class] {}.”, “[V = "a photo of a"] {}.”.',
  ),
  method: v.exactOptional(described(v.picklist(['coop', 'kgcoop']), 'Default: coop.')),
  lambda: v.exactOptional(
    described(positive, 'kgcoop: how near to the baseline’s text features; default 8.'),
  ),
});

const Recipe = v.strictObject({
  name: v.exactOptional(
    described(
      v.picklist(RECIPE_NAMES),
      'How training goes; default: as “coop learn”. “paper” is the paper’s protocol.',
    ),
  ),
  views: v.exactOptional(
    described(count, 'Views of each image with the recipes views and fast; 0, with fast alone, for none.'),
  ),
  epochs: v.exactOptional(
    described(
      whole,
      'Default: the recipe’s; the paper’s are 200 for 8 and more shots, 100 for 2 and 4, 50 for 1. Of the recipe fast they are steps.',
    ),
  ),
  batch: v.exactOptional(described(whole, 'Default 32.')),
  learningRate: v.exactOptional(described(positive, 'Default 0.002.')),
  momentum: v.exactOptional(described(positive, 'Default 0.9.')),
  weightDecay: v.exactOptional(described(positive, 'Default 0.0005.')),
});

export const FIGURES = ['curves', 'gains', 'context-length', 'backbones'] as const;

export const Experiment = v.strictObject({
  $schema: v.exactOptional(v.string()),
  title: described(words, 'Heads the tables and figures.'),
  about: v.exactOptional(described(words, 'What it shows, or what it repeats.')),
  documents: v.exactOptional(
    described(
      list(words),
      '.prompts documents, relative to this file: their images, model, baseline and lines.',
    ),
  ),
  root: v.exactOptional(
    described(
      words,
      'Folder that the paper’s data sets lie in, relative to this file; --data takes its place.',
    ),
  ),
  datasets: v.exactOptional(
    described(
      list(v.union([words, NamedDataset])),
      'Names of the paper’s data sets (“OxfordPets”, below root), or folders with a name.',
    ),
  ),
  models: v.exactOptional(
    described(
      list(words),
      'As after @model; documents may name their own. Each is learned on every data set.',
    ),
  ),
  prompts: v.exactOptional(
    described(list(v.union([words, Prompt])), 'Layouts that are learned; none for hand-written lines alone.'),
  ),
  lines: v.exactOptional(
    described(list(words), 'Further hand-written lines that are scored, such as “@use imagenet80”.'),
  ),
  shots: v.exactOptional(described(list(whole), 'Images a class; default 16.')),
  seeds: v.exactOptional(
    described(list(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), 'Default 1, 2, 3.'),
  ),
  recipe: v.exactOptional(
    described(Recipe, 'How prompts are learned; values that are not given are the recipe’s.'),
  ),
  methods: v.exactOptional(
    described(
      v.array(v.picklist(FEATURE_METHODS)),
      'Methods on image features of the same shots; default: the linear probe, as in the paper. [] for none.',
    ),
  ),
  targets: v.exactOptional(
    described(list(v.union([words, Target])), 'What everything is tried on besides its own test images.'),
  ),
  figures: v.exactOptional(
    described(
      list(v.picklist(FIGURES)),
      'Figures that are drawn; default: those that the grid has the axes for.',
    ),
  ),
});
export type Experiment = Immutable<v.InferOutput<typeof Experiment>>;

/**
 * @param file names it in messages
 * @throws CoopError `usage` naming the field that is wrong
 */
export function parseExperiment(text: string, file: string): Experiment {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw wrong(file, `it is not JSON (${(thrown as Error).message})`, thrown);
  }
  const result = v.safeParse(Experiment, json, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const field = v.getDotPath(issue);
    if (issue.expected === 'never') throw wrong(file, `it has no field “${field ?? issue.received}”`);
    throw wrong(file, field === null ? issue.message : `${field}: ${issue.message}`);
  }
  const { documents = [], datasets = [], models = [] } = result.output;
  if (documents.length + datasets.length === 0) throw wrong(file, 'it names no documents and no datasets');
  if (datasets.length > 0 && models.length === 0) throw wrong(file, 'datasets need models');
  const seed = seedTwice(result.output.seeds ?? []);
  if (seed !== undefined) throw wrong(file, `the seed ${seed} stands twice`);
  return result.output;
}

function wrong(file: string, cause: string, thrown?: unknown): CoopError {
  return new CoopError('usage', `${file} is no experiment: ${cause}.`, {
    subject: file,
    next: 'media/experiments of this package has some that are ready.',
    ...(thrown === undefined ? {} : { cause: thrown }),
  });
}

import * as v from 'valibot';
import { RECIPE_NAMES } from './recipes';
import { count, finite } from './stored';

/**
 * How something is learned from shots: one variant a method, told apart by `method`. Hyper-parameters have the names and
 * defaults of the methods' authors.
 */

const shots = {
  /** Training images per class; a class with fewer gives all it has. */
  shots: count,
  /** One result is learned per seed; a seed fixes the shots, the initial vectors and the batch order. */
  seeds: v.pipe(v.array(count), v.minLength(1), v.readonly()),
};

/** Of every method that learns the vectors of a template's slots by gradient descent (CoOp, trainers/coop.py; Dassl). */
const prompt = {
  ...shots,
  name: v.picklist(RECIPE_NAMES),
  /** Views of each image; recipes `views` and `fast` only, of which the latter has a number of its own where none is given. */
  views: v.exactOptional(count),
  epochs: count,
  batch: count,
  learningRate: finite,
  momentum: finite,
  weightDecay: finite,
  warmupEpochs: count,
  warmupLearningRate: finite,
};

/** Zhou et al., Learning to Prompt for Vision-Language Models, IJCV 2022. */
export const CoOpSpec = v.object({ method: v.literal('coop'), ...prompt });

/** Yao et al., Visual-Language Prompt Tuning with Knowledge-guided Context Optimization, CVPR 2023. */
export const KgCoOpSpec = v.object({
  method: v.literal('kgcoop'),
  ...prompt,
  /** Weight of the distance between the learned text features and the baseline's. */
  lambda: v.pipe(finite, v.minValue(0)),
});

/** CLIP's linear probe, as CoOp fits it (lpclip/linear_probe.py). */
export const LinearProbeSpec = v.object({ method: v.literal('linear-probe'), ...shots });

/** Wang et al., A Hard-to-Beat Baseline for Training-Free CLIP-based Adaptation, ICLR 2024. */
export const GdaSpec = v.object({ method: v.literal('gda'), ...shots });

/** Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification, ECCV 2022. */
export const TipAdapterSpec = v.object({ method: v.literal('tip-adapter'), ...shots });

/** Silva-Rodríguez et al., A Closer Look at the Few-Shot Adaptation of Large Vision-Language Models, CVPR 2024. */
export const ClapSpec = v.object({ method: v.literal('clap'), ...shots });
/** The same without its constraint: the linear probe that starts from the texts. */
export const ZsLpSpec = v.object({ method: v.literal('zs-lp'), ...shots });

/** Fahes et al., CLIP's Visual Embedding Projector is a Few-shot Cornucopia, arXiv 2410.05270. */
export const ProLipSpec = v.object({ method: v.literal('prolip'), ...shots });

/** What words are learned from: single common words, or whole phrases of the published templates. */
export const WORD_LISTS = ['common', 'phrases'] as const;
/** Words of the list `common`. */
export const COMMON_WORDS = 10_000;
const atLeastOne = v.pipe(count, v.minValue(1));

/** Liao, Tsiligkaridis and Kulis, Descriptor and Word Soups, CVPR 2024: real words in the slot `[words:N]`. */
export const WordsSpec = v.object({
  method: v.literal('words'),
  ...shots,
  list: v.picklist(WORD_LISTS),
  /** How many of the list are scored alone, the most common first. */
  words: atLeastOne,
  /** A chain begins with one of the best `first`, and grows by those of the best `pool` that help, `tries` of them tried. */
  first: atLeastOne,
  pool: atLeastOne,
  tries: atLeastOne,
  /** Lines that the best on dev images is chosen from. */
  chains: atLeastOne,
});

const RunVariant = v.variant('method', [CoOpSpec, KgCoOpSpec, WordsSpec]);

export type CoOpSpec = Readonly<v.InferOutput<typeof CoOpSpec>>;
export type KgCoOpSpec = Readonly<v.InferOutput<typeof KgCoOpSpec>>;
export type LinearProbeSpec = Readonly<v.InferOutput<typeof LinearProbeSpec>>;
export type GdaSpec = Readonly<v.InferOutput<typeof GdaSpec>>;
export type TipAdapterSpec = Readonly<v.InferOutput<typeof TipAdapterSpec>>;
export type ClapSpec = Readonly<v.InferOutput<typeof ClapSpec>>;
export type ZsLpSpec = Readonly<v.InferOutput<typeof ZsLpSpec>>;
export type ProLipSpec = Readonly<v.InferOutput<typeof ProLipSpec>>;
export type WordsSpec = Readonly<v.InferOutput<typeof WordsSpec>>;
export type PromptSpec = CoOpSpec | KgCoOpSpec;
/** What a run learns: something that stands in a template. */
export type RunSpec = PromptSpec | WordsSpec;
/** Methods that give a classifier on what the image tower says, no prompt: what stands beside prompts in a report. */
export type FeatureSpec = LinearProbeSpec | GdaSpec | TipAdapterSpec | ClapSpec | ZsLpSpec | ProLipSpec;
export type MethodSpec = RunSpec | FeatureSpec;
/** Their names, in the order of tables. */
export const FEATURE_METHODS = [
  'linear-probe',
  'tip-adapter',
  'gda',
  'zs-lp',
  'clap',
  'prolip',
] as const satisfies readonly FeatureSpec['method'][];
/** Values of a spec that someone chose; the others are the method's defaults. */
export type PromptChoice = Partial<Omit<KgCoOpSpec, 'method'>> & { readonly method?: PromptSpec['method'] };
export type WordsChoice = Partial<Omit<WordsSpec, 'method'>>;
export type SpecChoice = Omit<PromptChoice, 'method'> & WordsChoice & { readonly method?: RunSpec['method'] };

/** The spec of a run. Runs of version 0.1 knew CoOp only and did not say so. */
export const RunSpec = v.pipe(v.looseObject({ method: v.optional(v.string(), 'coop') }), RunVariant);

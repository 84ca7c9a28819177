import { gradients } from '../../graph/gradients';
import type { ConstantData, Node } from '../../graph/node';
import { add, constant, input, scalar, take } from '../../graph/operations';
import { type TowerRows, textTower } from '../../models/clip/text-tower';
import { staticLayout } from '../../models/clip/tower-layout';
import type { TextNodes } from '../../models/parts/text-nodes';
import type { PackedPrompts } from '../../prompt/pack-prompts';
import { contrastiveLoss } from './loss';
import { type TextPull, textPull } from './text-pull';

/** Everything about one learning problem that does not change from step to step. */
export interface LearnProblem {
  readonly model: TextNodes;
  readonly packed: PackedPrompts;
  /** Learned vectors of all slots together; a class-specific slot counts once per class. */
  readonly vectors: number;
  /** [active rows] which learned vector a row is, or −1 for a row with a fixed input. */
  readonly vectorOfRow: Int32Array;
  /** [learned rows, d] positional embeddings of the rows that are learned vectors, in row order. */
  readonly learnedPositions: ConstantData;
  /** [fixed rows, d] embedding + positional embedding of all other active rows, in row order. */
  readonly fixedRows: ConstantData;
  /** Per layer [constant rows, 2d] keys and values of the constant rows; null without constant rows. */
  readonly constantKeysValues: readonly ConstantData[] | null;
  /** exp of the model's stored logit scale. */
  readonly logitScale: number;
  readonly imageWidth: number;
  readonly batch: number;
  /** Null: the loss is cross-entropy alone. */
  readonly pull: TextPull | null;
}

export interface LearnGraph {
  /** Inputs: `context` [vectors, d], `images` [batch, E], `labels` int64 [batch]. */
  readonly context: Node;
  /** Scalar. */
  readonly loss: Node;
  /** ∂loss/∂context [vectors, d]. */
  readonly gradient: Node;
  /** [classes, E] text features of the context that was fed in, not normalised. */
  readonly features: Node;
}

/** One optimiser step's forward and backward pass as one graph. */
export function learnGraph(problem: LearnProblem): LearnGraph {
  const { batch, imageWidth } = problem;
  const { context, features } = featuresGraph(problem);
  const images = input('images', [batch, imageWidth]);
  const labels = input('labels', [batch], 'int64');
  const loss = promptLoss(problem, features, images, labels);
  const gradient = gradients(new Map([[loss, scalar(1)]]), [context]).get(context)!;
  return { context, loss, gradient, features };
}

/**
 * What a step makes smaller: cross-entropy, and the distance to a hand-written line where the problem has one. Without it the
 * graph is CoOp's own, so that its numbers are, bit for bit.
 */
export function promptLoss(
  { pull, logitScale }: Pick<LearnProblem, 'pull' | 'logitScale'>,
  features: Node,
  images: Node,
  labels: Node,
): Node {
  const loss = contrastiveLoss(features, images, labels, logitScale);
  return pull === null ? loss : add(loss, textPull(features, pull, Number(features.shape[0])));
}

/** The forward pass alone: `context` [vectors, d] → `features` [classes, E]. */
export function featuresGraph(problem: LearnProblem): Pick<LearnGraph, 'context' | 'features'> {
  const { model, packed } = problem;
  const context = input('context', [problem.vectors, model.width]);
  const tower = textTower(model, towerRows(problem, context), staticLayout(packed));
  if (tower.features === null) throw new Error('a learning problem needs at least one prompt');
  return { context, features: take(tower.features, indexNode(packed.promptOfClass)) };
}

const indexNode = (values: Int32Array | readonly number[]) =>
  constant(Int32Array.from(values), [values.length]);

function towerRows(problem: LearnProblem, context: Node): TowerRows {
  const { width } = problem.model;
  const vectorOfRow = [...problem.vectorOfRow];
  const learned = vectorOfRow.filter(vector => vector >= 0);
  const fixedCount = vectorOfRow.length - learned.length;
  let nextLearned = 0;
  let nextFixed = learned.length;
  const order = vectorOfRow.map(vector => (vector >= 0 ? nextLearned++ : nextFixed++));
  return {
    learned: add(
      take(context, indexNode(learned)),
      constant(problem.learnedPositions, [learned.length, width]),
    ),
    fixed: fixedCount === 0 ? null : constant(problem.fixedRows, [fixedCount, width]),
    order: indexNode(order),
    constantKeysValues:
      problem.constantKeysValues?.map(data => constant(data, [problem.packed.constants.length, 2 * width])) ??
      null,
  };
}

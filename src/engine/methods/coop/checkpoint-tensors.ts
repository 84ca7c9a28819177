import { CoopError } from '../../../shared/errors';
import type { TorchCheckpoint, TorchTensor } from '../../io/torch/torch-checkpoint';

/** The tensors of CoOp's PromptLearner (CoOp, trainers/coop.py). */
export interface PromptLearnerTensors {
  /** [M, d], or [classes, M, d] when it is class-specific. */
  readonly context: TorchTensor;
  /** [classes, 1, d] */
  readonly prefix: TorchTensor | undefined;
  /** [classes, T − 1 − M, d] */
  readonly suffix: TorchTensor | undefined;
}

/** What else learns prompts and saves a `ctx`: whose tensors these are, and why CoOp's form cannot say the same. */
const OTHERS: readonly (readonly [name: RegExp, why: string])[] = [
  [
    /(^|\.)meta_net\./,
    'it has a meta network, as CoCoOp’s and TCP’s: its context depends on each image or class',
  ],
  [
    /(^|\.)compound_prompt/,
    'it is of MaPLe, which learns prompts in deeper layers and for the image tower too',
  ],
  [
    /^image_encoder\.(.+\.)?VPT/,
    'it is of a method with prompts in the image tower (VPT, IVLP, PromptSRC), which are no words of a template',
  ],
  [/\.VPT_/, 'it has prompts in deeper layers (IVLP, PromptSRC, deep VPT), which are no words of a template'],
  [
    /^(image_encoder|text_encoder|visual|transformer)\./,
    'it holds the towers of a whole model, and whether they are those of the model alone does not show',
  ],
];

const NEXT =
  'Import the checkpoint of a prompt learner by itself: CoOp’s, ProGrad’s or KgCoOp’s prompt_learner/model.pth.tar-50.';

/**
 * A checkpoint's tensors as CoOp's, and none besides: ProGrad and KgCoOp train the same prompt learner, others are refused
 * by name.
 * @throws CoopError `context.mismatch`
 */
export function promptLearnerTensors({ tensors }: TorchCheckpoint): PromptLearnerTensors {
  const names = [...tensors.keys()];
  for (const [pattern, why] of OTHERS) if (names.some(name => pattern.test(name))) throw mismatch(why, NEXT);
  const plain = new Map(
    [...tensors].map(([name, tensor]) => [name.replace(/^(_orig_mod\.)?(prompt_learner\.)?/, ''), tensor]),
  );
  const context = plain.get('ctx');
  if (context === undefined) throw mismatch('it holds no tensor “ctx”', NEXT);
  const other = [...plain.keys()].find(name => !['ctx', 'token_prefix', 'token_suffix'].includes(name));
  if (other !== undefined)
    throw mismatch(`its tensor ${JSON.stringify(other.slice(0, 80))} is none of CoOp’s prompt learner`, NEXT);
  return { context, prefix: plain.get('token_prefix'), suffix: plain.get('token_suffix') };
}

export function mismatch(why: string, next: string): CoopError {
  return new CoopError('context.mismatch', `The checkpoint cannot be imported: ${why}.`, { next });
}

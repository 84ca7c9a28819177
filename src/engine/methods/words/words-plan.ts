import type { WordsSpec } from '../../../shared/contracts/method-spec';
import { wordsSlotOf } from '../../../shared/template/fill-words';
import { publishedPhrases } from '../../../shared/template/published-phrases';
import { FLOPS_PER_CORE } from '../../models/parts/flops-per-core';
import type { Task } from '../../task/task';
import type { Assignment, Plan } from '../parts/method';

/** Tokens of a class's prompt that a candidate does not share with others: its own words, a name, a full stop, the end. */
const OWN_TOKENS = 5;
/** Multiply-adds of one text row in one layer, in units of width². */
const ROW_COST = 2 * 12;
/** Building and comparing one prompt beside the tower. */
const PROMPT_S = 1e-4;

/** Most candidates of one seed: every word alone, and what chains or a soup of phrases try. */
export function mostCandidates({ list, words, tries, chains }: WordsSpec, slotLength: number): number {
  // Alone, and then with the members before it.
  if (list === 'phrases') return 2 * Math.min(words, publishedPhrases('before').length);
  return words + (slotLength === 1 ? chains : chains * (1 + tries));
}

/** A step is one candidate: one evaluation of the text tower on every class. */
export function wordsPlan(task: Task, { spec, template }: Assignment<WordsSpec>, threads: number): Plan {
  const steps = spec.seeds.length * mostCandidates(spec, wordsSlotOf(template)!.length);
  const { text } = task.model;
  const flops = text.paddedRows(OWN_TOKENS) * text.layers * ROW_COST * text.width ** 2;
  const prompt = PROMPT_S + flops / (FLOPS_PER_CORE * threads);
  return { steps, seconds: steps * task.classes.names.length * prompt };
}

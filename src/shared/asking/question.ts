import { percent } from '../format/percent';
import { parseTemplate } from '../template/parse-template';

/** A line and how often it is right on dev images, 0…1. */
export interface ScoredLine {
  readonly line: string;
  readonly accuracy: number;
}

/** Shown to the model in each round (Liu et al., Language Models as Black-Box Optimizers for VLMs, CVPR 2024). */
const SHOWN = 3;
const ASKED = 5;
/** A template has some ten words. */
const MAX_LINE = 120;
const MAX_ANSWER = 10_000;
/** Text, and the class name's place. */
const PLAIN = /^[\p{L}\p{N} ,.;:!?'’"()/{}-]+$/u;

/**
 * What a language model is asked: templates and their accuracies, nothing about images or classes.
 * @param known from the best to the worst
 */
export function questionFor(known: readonly ScoredLine[]): string {
  const list = (lines: readonly ScoredLine[]) =>
    lines.map(({ line, accuracy }) => `- ${line} (${percent(accuracy)})`).join('\n');
  const worst = known.slice(Math.max(SHOWN, known.length - SHOWN));
  return [
    'An image classifier (CLIP) compares images with sentences made of a template, in which {} stands for the class name. These templates are the best so far, each with its accuracy:',
    list(known.slice(0, SHOWN)),
    ...(worst.length === 0 ? [] : ['These are the worst:', list(worst)]),
    `Find out what makes a template good here, and write ${ASKED} new ones that may be better. Each stands on a line of its own, has exactly one {} and fewer than 15 words. Write the templates only.`,
  ].join('\n');
}

/**
 * The templates in an answer, which is data: list marks and quotes are taken off, and what is not a plain, short template
 * of text and class name is passed over.
 * @param known lines that need no second trial
 */
export function linesOfAnswer(answer: string, known: ReadonlySet<string>): string[] {
  const lines = new Set<string>();
  for (const written of answer.slice(0, MAX_ANSWER).split(/\r\n|\n|\r/)) {
    const line = written
      .trim()
      .replace(/^(?:[-*•]|\d+[.)])\s*/u, '')
      .replace(/^["'`“](.*)["'`”]$/u, '$1')
      .trim();
    if (line.length > MAX_LINE || !PLAIN.test(line)) continue;
    const { template } = parseTemplate(line);
    if (template === null || !template.segments.every(({ kind }) => kind === 'text' || kind === 'class'))
      continue;
    if (!known.has(template.line)) lines.add(template.line);
    if (lines.size === ASKED) break;
  }
  return [...lines];
}

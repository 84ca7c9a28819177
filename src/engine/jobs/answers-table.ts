import { writeFileAtomic } from '../../files/disk/atomic-file';
import type { RunAnswers } from '../../shared/contracts/run-answers';

const DIGITS = 6;

/**
 * Every answer as CSV (RFC 4180), a line for each image, prompt and seed, and the training images of each seed: `part, path,
 * class, kind, prompt, seed, answer, correct, probability`, then the probability of every class that was kept. A text that a
 * spreadsheet would take for a formula (CWE-1236) begins with an apostrophe.
 * @throws CoopError `disk.full`, `file.access`
 */
export async function writeAnswersTable(answers: RunAnswers, file: string): Promise<number> {
  const lines = [...answerLines(answers)];
  await writeFileAtomic(file, lines.map(line => `${line.map(cell).join(',')}\r\n`).join(''));
  return lines.length - 1;
}

type Cell = string | number | null;

export function* answerLines({ classes, train, dev, test, rows }: RunAnswers): Generator<readonly Cell[]> {
  yield [
    ...['part', 'path', 'class', 'kind', 'prompt', 'seed', 'answer', 'correct', 'probability'],
    ...classes.map(name => `p ${name}`),
  ];
  const none = classes.map(() => null);
  for (const { seed, images } of train)
    for (const path of images) yield ['train', path, null, null, null, seed, null, null, null, ...none];
  for (const [part, { paths, labels }] of [
    ['dev', dev],
    ['test', test],
  ] as const)
    for (const { kind, label, seed, [part]: of } of rows)
      for (const [i, path] of paths.entries()) {
        const answer = of.answers[i]!;
        const kept = of.likeliest?.[i];
        const shares = new Map(of.probabilities[i]!.map((share, k) => [kept?.[k] ?? k, share]));
        yield [
          ...[part, path, classes[labels[i]!]!, kind, label, seed, classes[answer]!],
          ...[answer === labels[i] ? 1 : 0, rounded(shares.get(answer))],
          ...classes.map((_, c) => rounded(shares.get(c))),
        ];
      }
}

function rounded(share: number | undefined): number | null {
  return share === undefined ? null : Number(share.toPrecision(DIGITS));
}

function cell(value: Cell): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

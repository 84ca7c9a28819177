import type { Report } from '../../shared/contracts/report';
import type { RunInputs } from '../../shared/contracts/run-inputs';
import { CoopError } from '../../shared/errors';
import { ONE_LINE } from '../../shared/format/one-line';
import { parseTemplate } from '../../shared/template/parse-template';
import { replaceLearnable } from '../../shared/template/replace-learnable';
import { isPlain } from '../../shared/template/syntax';
import { readReport } from './read-report';

/**
 * What takes a layout's place in the document: of vectors the layout with the name of their context, of words a line that
 * says them.
 * @param seed of the run; default: the one that is best on dev
 * @throws CoopError `run.corrupt`; `run.missing` while the words of a run are not found yet
 */
export async function learnedLine(
  directory: string,
  { template, name, recipe }: Pick<RunInputs, 'template' | 'name' | 'recipe'>,
  seed?: number,
): Promise<string> {
  if (recipe.method === 'words') return wordLines(await readReport(directory), directory, seed)[0]!;
  const layout = parseTemplate(template).template;
  if (layout === null || !ONE_LINE.test(template))
    throw new CoopError('run.corrupt', `The template of the run “${name}” is not valid any more.`);
  return replaceLearnable(layout, name);
}

/**
 * All lines that a run of words has found, as an ensemble of the run's name.
 * @throws CoopError `usage` for a run of vectors; as `learnedLine`
 */
export async function learnedEnsemble(
  directory: string,
  { name, recipe }: Pick<RunInputs, 'name' | 'recipe'>,
  seed?: number,
): Promise<string> {
  if (recipe.method !== 'words')
    throw new CoopError('usage', `The run “${name}” has learned vectors, not words.`, {
      next: 'Apply it without --ensemble.',
    });
  const lines = wordLines(await readReport(directory), directory, seed);
  return [`@ensemble ${name} (`, ...lines.map(line => `  ${line}`), ')'].join('\n');
}

/**
 * The plain lines that a seed has found, the best on dev first; together they are an ensemble. The report may be anyone's:
 * each is a template, or none is taken.
 * @throws CoopError `run.corrupt`
 */
export function wordLines(
  { seeds, chosenSeed, name }: Pick<Report, 'seeds' | 'chosenSeed' | 'name'>,
  directory: string,
  seed: number | undefined = chosenSeed,
): readonly [string, ...string[]] {
  const [first, ...more] = (seeds.find(each => each.seed === seed) ?? seeds[0]!).lines ?? [];
  const plain = (line: string) => {
    const { template } = parseTemplate(line);
    return template !== null && isPlain(template) && template.line === line && ONE_LINE.test(line);
  };
  if (first !== undefined && [first, ...more].every(plain)) return [first, ...more];
  throw new CoopError('run.corrupt', `The report of the run “${name}” has no line to apply.`, {
    subject: directory,
    next: 'Learn again, or restore report.json from a copy.',
  });
}

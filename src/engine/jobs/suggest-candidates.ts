import type { SuggestionSource, SuggestRequest } from '../../shared/contracts/suggest';
import { CoopError } from '../../shared/errors';
import { lineEdits, wordsOfTemplates } from '../../shared/template/line-edits';
import { parseTemplate } from '../../shared/template/parse-template';
import { publishedSet, publishedSetNames } from '../../shared/template/published-sets';
import { isPlain, type Template } from '../../shared/template/syntax';
import { commonWords } from '../methods/words/word-list';
import type { Project } from '../task/open-project';

export interface Candidate {
  readonly template: Template;
  readonly source: SuggestionSource;
}

/**
 * The line that suggestions are made for: the one asked for, or the document's baseline.
 * @throws CoopError `template.syntax`
 */
export function lineToImprove({ document, path }: Project, asked: string | undefined): Template {
  if (asked !== undefined) return parsedPlain(asked);
  if (document.baseline !== null) return document.baseline;
  throw noPlain(`${path} has no plain template.`, path);
}

/** Every published template and every single edit of a line, each once and none of them the line itself. */
export async function suggestCandidates(
  base: Template,
  { words = 0, lines }: SuggestRequest,
): Promise<Candidate[]> {
  if (lines !== undefined)
    return lines.map(line => ({ template: parsedPlain(line), source: 'asked' as const }));
  const published = publishedLines();
  const common = words === 0 ? [] : (await commonWords()).slice(0, words);
  const vocabulary = [...new Set([...wordsOfTemplates(published), ...common])];
  const all = [
    ...published.map(line => ({ line, source: 'published' as const })),
    ...lineEdits(base, vocabulary),
  ];
  const known = new Set([base.line]);
  return all.flatMap(({ line, source }) => {
    if (known.has(line)) return [];
    known.add(line);
    return [{ template: parseTemplate(line).template!, source }];
  });
}

/** Every template of the published sets, each once. */
export function publishedLines(): readonly string[] {
  return [...new Set(publishedSetNames.flatMap(name => publishedSet(name) ?? []))];
}

function parsedPlain(line: string): Template {
  const { template } = parseTemplate(line);
  if (template !== null && isPlain(template)) return template;
  throw noPlain(`“${line}” is no plain template.`, line);
}

function noPlain(message: string, subject: string): CoopError {
  return new CoopError('template.syntax', message, {
    subject,
    next: 'Write one, such as “a photo of a {}.”.',
  });
}

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
  const template = asked === undefined ? document.baseline : parseTemplate(asked).template;
  if (template !== null && isPlain(template)) return template;
  throw new CoopError(
    'template.syntax',
    asked === undefined ? `${path} has no plain template.` : `“${asked}” is no plain template.`,
    { subject: asked ?? path, next: 'Write one, such as “a photo of a {}.”.' },
  );
}

/** Every published template and every single edit of a line, each once and none of them the line itself. */
export async function suggestCandidates(base: Template, { words = 0 }: SuggestRequest): Promise<Candidate[]> {
  const published = [...new Set(publishedSetNames.flatMap(name => publishedSet(name) ?? []))];
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

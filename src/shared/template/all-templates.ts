import type { PromptsDocument, Template } from './syntax';

/** Every template of a document, those in ensembles too. */
export function allTemplates({
  templates,
  ensembles,
}: Pick<PromptsDocument, 'templates' | 'ensembles'>): readonly Template[] {
  return [...templates, ...ensembles.flatMap(({ templates: members }) => members)];
}

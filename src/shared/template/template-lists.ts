import { bracketLists, type TemplateList } from './bracket-lists';
import type { CodeLanguage } from './code-tokens';
import { yamlTemplateLists } from './yaml-lists';

/** Languages by VS Code's ids. */
const LANGUAGES: Readonly<Record<string, CodeLanguage | 'yaml'>> = {
  python: 'python',
  javascript: 'javascript',
  javascriptreact: 'javascript',
  typescript: 'javascript',
  typescriptreact: 'javascript',
  json: 'javascript',
  jsonc: 'javascript',
  yaml: 'yaml',
};

export const listLanguages: readonly string[] = Object.keys(LANGUAGES);

/** Data files reach hundreds of megabytes; no one keeps a template list in those. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Lists, tuples and arrays of templates: assigned to a name with `template` or `prompt` in it, or after a comment `coop`.
 * Elements are strings with `{}`, `{c}`, `{label}`, `{class}` or `%s`, functions of one variable that give such a string
 * (`lambda c: f'a {c}.'`), and comprehensions (`f'a {c}.' for c in names`); others are passed over.
 */
export function findTemplateLists(source: string, languageId: string): TemplateList[] {
  const language = LANGUAGES[languageId];
  if (language === undefined || source.length > MAX_CHARACTERS || !/template|prompt|coop/i.test(source))
    return [];
  return language === 'yaml' ? yamlTemplateLists(source) : bracketLists(source, language);
}

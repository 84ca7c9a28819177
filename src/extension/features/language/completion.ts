import * as vscode from 'vscode';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { parseTemplate } from '../../../shared/template/parse-template';
import { replaceLearnable } from '../../../shared/template/replace-learnable';
import { classColumns } from '../../services/class-columns';
import type { EngineClient } from '../../services/engine-client';
import { LANGUAGE } from '../../services/languages';
import { contextHead, contextNames, contextUri } from '../../services/learned-contexts';
import { DIRECTIVES, type Entry, SLOTS, VALUES } from './entries';

/**
 * Directives at the start of a line, slots inside a template. Most of a template is prose, in which nothing may pop up:
 * a slot is offered once its bracket is open, or on request.
 */
export function registerCompletion(engine: EngineClient): vscode.Disposable {
  return vscode.languages.registerCompletionItemProvider(
    LANGUAGE,
    {
      async provideCompletionItems(document, position, _, { triggerKind }) {
        const { text } = document.lineAt(position.line);
        const before = text.slice(0, position.character);
        const items = (entries: readonly Entry[], typed: RegExp) =>
          itemsOf(entries, typed, before, text.slice(position.character), position);
        if (/^\s*#/.test(before)) return [];
        const value = /^\s*@(\S+)\s+(.*)$/.exec(before);
        if (value !== null) {
          const named = value[1] === 'model' ? await models(engine, document) : [];
          const values = [...named, ...(await valuesOf(value[1]!, document))];
          return items(values, /(?<=@\S+\s+)\S.*$/);
        }
        if (/^\s*@\S*$/.test(before)) return items(DIRECTIVES, /@\S*$/);
        if (OPEN_SLOT.test(before)) return items([...SLOTS, ...(await columns(document))], OPEN_SLOT);
        if (OPEN_CONTEXT.test(before)) return items(await contexts(document), OPEN_CONTEXT);
        if (triggerKind === vscode.CompletionTriggerKind.TriggerCharacter) return [];
        const inTemplate = [...SLOTS, ...(await columns(document)), ...(await contexts(document))];
        const all = before.trim() === '' ? [...DIRECTIVES, ...inTemplate] : inTemplate;
        return items(all, /$/);
      },
    },
    '@',
    '[',
    '{',
    '<',
    ' ',
  );
}

const OPEN_SLOT = /[[{][^\]}]*$/;
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}', '<': '>' };
const OPEN_CONTEXT = /<[^>]*$/;

/** Of files that a directive names. */
const ENDINGS: Readonly<Record<string, string>> = {
  classes: '.csv',
  descriptors: '.json',
  waffle: '.json',
};

/** Usual values, and the files and folders beside the document that a value may name. */
async function valuesOf(directive: string, document: vscode.TextDocument): Promise<Entry[]> {
  const usual = VALUES[directive] ?? [];
  const wanted = {
    images: vscode.FileType.Directory,
    model: vscode.FileType.Directory,
    classes: vscode.FileType.File,
    descriptors: vscode.FileType.File,
    waffle: vscode.FileType.File,
  };
  const kind = Object.entries(wanted).find(([name]) => name === directive)?.[1];
  if (kind === undefined || document.uri.scheme !== 'file') return [...usual];
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(document.uri, '..'));
  const files = entries
    .filter(([name, type]) => type === kind && !name.startsWith('.'))
    .filter(([name]) => name.endsWith(ENDINGS[directive] ?? ''))
    .map(([name]) => ({ label: `./${name}`, parts: [`./${name}`], about: 'Beside this document' }));
  return [...usual, ...files];
}

async function columns(document: vscode.TextDocument): Promise<Entry[]> {
  const { classes } = parsePrompts(document.getText()).directives;
  const names = await classColumns(document);
  return names.map(name => ({ label: `{${name}}`, parts: [`{${name}}`], about: `Column of ${classes}` }));
}

/** Learned contexts; of one with several slots the whole line, since only all of them together were learned. */
async function contexts(document: vscode.TextDocument): Promise<Entry[]> {
  if (document.uri.scheme !== 'file') return [];
  const names = await contextNames(document.uri);
  return Promise.all(
    names.map(async name => {
      const head = await contextHead(contextUri(document.uri, name));
      const layout = head === null || head.slots.length < 2 ? null : parseTemplate(head.template).template;
      const label = layout === null ? `<${name}>` : replaceLearnable(layout, name);
      return {
        label,
        parts: [label],
        about: head === null ? 'Learned context' : `Learned on ${head.template}`,
      };
    }),
  );
}

/** Models that can be named here; none while the engine cannot be asked. */
async function models(engine: EngineClient, document: vscode.TextDocument): Promise<Entry[]> {
  if (!vscode.workspace.isTrusted || document.uri.scheme !== 'file') return [];
  const found = await engine.request('engine/models', { folders: [] }).catch(() => []);
  return found.flatMap(model => {
    if (!model.ok) return [];
    const { name, imageSize, textTower, sampleOnly } = model;
    const about = sampleOnly
      ? 'For the sample only: it knows icons, not photos'
      : `${imageSize} px, text ${textTower}`;
    return [{ label: name, parts: [name], about }];
  });
}

/** @param typed what of the text before the cursor an entry takes the place of */
function itemsOf(
  entries: readonly Entry[],
  typed: RegExp,
  before: string,
  after: string,
  position: vscode.Position,
): vscode.CompletionItem[] {
  const start = typed.exec(before)?.[0] ?? '';
  // The editor closes a bracket as it is opened; the entry brings its own end.
  const closed = after !== '' && after.startsWith(CLOSING[start.charAt(0)] ?? '\n') ? 1 : 0;
  const range = new vscode.Range(position.translate(0, -start.length), position.translate(0, closed));
  return entries.map(({ label, parts, about }) => {
    const item = new vscode.CompletionItem({ label, description: about }, vscode.CompletionItemKind.Keyword);
    const snippet = new vscode.SnippetString();
    for (const part of parts) {
      if (typeof part === 'string') snippet.appendText(part);
      else snippet.appendPlaceholder(part[0]);
    }
    item.insertText = snippet;
    item.range = range;
    return item;
  });
}

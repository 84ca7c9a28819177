import * as vscode from 'vscode';
import { publishedSetNames } from '../../../shared/template/published-sets';
import { LANGUAGE } from './language';

/** Text, and in brackets what is selected to be typed over. */
type Part = string | readonly [string];

interface Entry {
  readonly label: string;
  readonly parts: readonly Part[];
  readonly about: string;
}

const DIRECTIVES: readonly Entry[] = [
  {
    label: '@images',
    parts: ['@images ', ['./images']],
    about: 'Folder with one sub-folder of images per class',
  },
  { label: '@model', parts: ['@model ', ['icon-clip']], about: 'Id or folder of a CLIP model' },
  {
    label: '@classes',
    parts: ['@classes ', ['auto']],
    about: 'Folder names (auto), or a CSV: folder, name, columns …',
  },
  {
    label: '@split',
    parts: ['@split shots ', ['16'], ' seed ', ['1']],
    about: 'How images are shared out: test, dev, and the pool that shots are drawn from',
  },
  { label: '@preprocess', parts: ['@preprocess exif'], about: 'Turn photos as their EXIF orientation says' },
  {
    label: '@baseline',
    parts: ['@baseline'],
    about: 'The template on the next line is what all others are compared with',
  },
  {
    label: '@ensemble',
    parts: ['@ensemble ', ['name'], ' (\n  ', ['a photo of a {}.'], '\n)'],
    about: 'Several templates, scored as the mean of their text features',
  },
  ...publishedSetNames.map(name => ({
    label: `@use ${name}`,
    parts: [`@use ${name}`],
    about: 'A published set of templates, scored as an ensemble',
  })),
];

const SLOTS: readonly Entry[] = [
  { label: '{}', parts: ['{}'], about: 'The class name' },
  { label: '[V:16]', parts: ['[V:', ['16'], ']'], about: 'Context vectors to learn' },
  {
    label: '[V:16 per-class]',
    parts: ['[V:', ['16'], ' per-class]'],
    about: 'Context vectors to learn, others for each class',
  },
  {
    label: '[V = "a photo of a"]',
    parts: ['[V = "', ['a photo of a'], '"]'],
    about: 'Vectors to learn that start as these words',
  },
  { label: '[words:4]', parts: ['[words:', ['4'], ']'], about: 'Real words to learn' },
];

/** Directives at the start of a line, slots inside a template. */
export function registerCompletion(): vscode.Disposable {
  return vscode.languages.registerCompletionItemProvider(
    LANGUAGE,
    {
      provideCompletionItems(document, position) {
        const before = document.lineAt(position.line).text.slice(0, position.character);
        if (/^\s*#/.test(before)) return [];
        if (/^\s*(@\S*)?$/.test(before))
          return items(DIRECTIVES, /@\S*$/, before, position).concat(slots(before, position));
        return /^\s*@/.test(before) ? [] : slots(before, position);
      },
    },
    '@',
    '[',
    '{',
  );
}

function slots(before: string, position: vscode.Position): vscode.CompletionItem[] {
  return /@\S*$/.test(before) ? [] : items(SLOTS, /[[{][^\]}\s]*$/, before, position);
}

function items(entries: readonly Entry[], typed: RegExp, before: string, position: vscode.Position) {
  const length = typed.exec(before)?.[0].length ?? 0;
  const range = new vscode.Range(position.translate(0, -length), position);
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

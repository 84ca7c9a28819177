import * as vscode from 'vscode';
import { counted } from '../../../shared/format/count';
import { allTemplates } from '../../../shared/template/all-templates';
import { formatPrompts } from '../../../shared/template/format-prompts';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import type { Segment, Span } from '../../../shared/template/syntax';
import { LANGUAGE } from '../../services/languages';
import { rangeOf } from './language';

const TOKENS = ['keyword', 'string', 'parameter', 'property', 'macro', 'variable'] as const;
type TokenType = (typeof TOKENS)[number];
const legend = new vscode.SemanticTokensLegend([...TOKENS]);

const TOKEN_OF: Readonly<Record<Exclude<Segment['kind'], 'text'>, TokenType>> = {
  class: 'parameter',
  column: 'property',
  learnable: 'macro',
  words: 'macro',
  learned: 'variable',
};

/** Outline, folding, formatting and meaning-based colours of `.prompts` documents. */
export function registerStructure(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.languages.registerDocumentSymbolProvider(LANGUAGE, { provideDocumentSymbols: outline }),
    vscode.languages.registerFoldingRangeProvider(LANGUAGE, { provideFoldingRanges: folding }),
    vscode.languages.registerDocumentSemanticTokensProvider(
      LANGUAGE,
      { provideDocumentSemanticTokens: tokens },
      legend,
    ),
    vscode.languages.registerDocumentFormattingEditProvider(LANGUAGE, {
      provideDocumentFormattingEdits: document =>
        formatPrompts(document.getText()).map(({ span, replace }) =>
          vscode.TextEdit.replace(rangeOf(document, span), replace),
        ),
    }),
  );
}

function outline(document: vscode.TextDocument): vscode.DocumentSymbol[] {
  const { templates, ensembles, directives, baseline } = parsePrompts(document.getText());
  const symbol = (name: string, detail: string, kind: vscode.SymbolKind, span: Span) => {
    const range = rangeOf(document, span);
    return new vscode.DocumentSymbol(name, detail, kind, range, range);
  };
  const settings = Object.entries(directives.spans).map(([name, span]) => {
    const value = document.getText(rangeOf(document, span)).replace(/^@\S+\s*/, '');
    return symbol(`@${name}`, value, vscode.SymbolKind.Property, span);
  });
  const lines = templates.map(({ line, span }) =>
    symbol(line, line === baseline?.line ? 'baseline' : '', vscode.SymbolKind.String, span),
  );
  const groups = ensembles.map(({ name, templates: members, span }) => {
    const parent = symbol(name, counted(members.length, 'template'), vscode.SymbolKind.Array, span);
    parent.children = members.map(member => symbol(member.line, '', vscode.SymbolKind.String, member.span));
    return parent;
  });
  const sets = directives.uses.map(({ set, span }) =>
    symbol(`@use ${set}`, '', vscode.SymbolKind.Array, span),
  );
  const described = directives.descriptors.map(({ line, span }) =>
    symbol(line, '', vscode.SymbolKind.Array, span),
  );
  return [...settings, ...lines, ...groups, ...sets, ...described].sort((a, b) =>
    a.range.start.compareTo(b.range.start),
  );
}

/** Ensembles, and comments of several lines. */
function folding(document: vscode.TextDocument): vscode.FoldingRange[] {
  const ranges = parsePrompts(document.getText()).ensembles.map(({ span }) => {
    const { start, end } = rangeOf(document, span);
    return new vscode.FoldingRange(start.line, end.line);
  });
  let first = 0;
  for (let line = 0; line <= document.lineCount; line++) {
    if (line < document.lineCount && document.lineAt(line).text.trimStart().startsWith('#')) continue;
    if (line - first > 1)
      ranges.push(new vscode.FoldingRange(first, line - 1, vscode.FoldingRangeKind.Comment));
    first = line + 1;
  }
  return ranges;
}

function tokens(document: vscode.TextDocument): vscode.SemanticTokens {
  const prompts = parsePrompts(document.getText());
  const { directives } = prompts;
  const builder = new vscode.SemanticTokensBuilder(legend);
  const found: [vscode.Range, TokenType][] = [];
  for (const { segments } of allTemplates(prompts))
    for (const { kind, span } of segments)
      if (kind !== 'text') found.push([rangeOf(document, span), TOKEN_OF[kind]]);
  const { spans, uses, descriptors } = directives;
  for (const { span } of [...Object.values(spans).map(each => ({ span: each })), ...uses, ...descriptors]) {
    const range = rangeOf(document, span);
    const name = /^@\S+/.exec(document.getText(range))![0].length;
    found.push([range.with({ end: range.start.translate(0, name) }), 'keyword']);
    if (range.end.character > range.start.character + name + 1)
      found.push([range.with({ start: range.start.translate(0, name + 1) }), 'string']);
  }
  found.sort(([a], [b]) => a.start.compareTo(b.start));
  for (const [range, type] of found) builder.push(range, type);
  return builder.build();
}

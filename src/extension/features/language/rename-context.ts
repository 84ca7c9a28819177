import path from 'node:path';
import * as vscode from 'vscode';
import { isName } from '../../../shared/template/name-syntax';
import type { Span } from '../../../shared/template/syntax';
import { LANGUAGE } from '../../services/languages';
import { contextNames, contextUri } from '../../services/learned-contexts';
import { rangeOf } from './language';
import { type LearnedReference, learnedReferenceAt, learnedReferences } from './learned-references';

/** Renames a learned context: its file, and every line of the documents beside it that refers to it, in one edit. */
export function registerRenameContext(): vscode.Disposable {
  return vscode.languages.registerRenameProvider(LANGUAGE, {
    prepareRename(document, position) {
      const { name, span } = referenceAt(document, position);
      return { range: rangeOf(document, nameSpan(span, name)), placeholder: name };
    },
    async provideRenameEdits(document, position, newName) {
      const { name } = referenceAt(document, position);
      if (!isName(newName)) throw new Error('A context’s name has letters, digits, _ and - only.');
      const names = await contextNames(document.uri);
      if (names.includes(newName)) throw new Error(`There is a context “${newName}” already.`);
      const edit = new vscode.WorkspaceEdit();
      for (const other of await documentsBeside(document)) {
        for (const { name: found, span } of learnedReferences(other))
          if (found === name) edit.replace(other.uri, rangeOf(other, nameSpan(span, name)), newName);
      }
      if (names.includes(name))
        edit.renameFile(contextUri(document.uri, name), contextUri(document.uri, newName), {
          overwrite: false,
        });
      return edit;
    },
  });
}

function referenceAt(document: vscode.TextDocument, position: vscode.Position): LearnedReference {
  const found = learnedReferenceAt(document, position);
  if (found === undefined) throw new Error('Only learned contexts, such as <name>, can be renamed.');
  return found;
}

function nameSpan({ start }: Span, name: string): Span {
  return { start: start + 1, end: start + 1 + name.length };
}

/** Documents of one folder share its `.coop/contexts`. */
async function documentsBeside(document: vscode.TextDocument): Promise<vscode.TextDocument[]> {
  const folder = vscode.Uri.file(path.dirname(document.uri.fsPath));
  const entries = await vscode.workspace.fs.readDirectory(folder);
  const files = entries
    .filter(([name]) => name.endsWith('.prompts'))
    .map(([name]) => vscode.Uri.joinPath(folder, name));
  return Promise.all(files.map(file => vscode.workspace.openTextDocument(file)));
}

import path from 'node:path';
import * as vscode from 'vscode';
import { exists } from './exists';

/** A file in a folder by this name, with a number before its ending where there is one: nothing is ever replaced. */
export async function unusedFile(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  const { name: base, ext } = path.parse(name);
  for (let number = 1; ; number++) {
    const file = vscode.Uri.joinPath(folder, number === 1 ? name : `${base}-${number}${ext}`);
    if (!(await exists(file))) return file;
  }
}

import path from 'node:path';
import * as vscode from 'vscode';
import type { Report } from '../../../shared/contracts/report';

/** Opens an image of a report, which is data and may come from anyone: nothing outside its image folder. */
export async function openTestImage(
  { imagesFolder }: Pick<Report, 'imagesFolder'>,
  relative: string,
): Promise<void> {
  const image = path.resolve(imagesFolder, relative);
  const inside = path.relative(imagesFolder, image);
  if (inside.startsWith('..') || path.isAbsolute(inside)) return;
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(image));
}

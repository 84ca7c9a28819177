import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DocumentParams, ImagePrediction } from '../../../shared/contracts/protocol';
import { CoopError } from '../../../shared/errors';
import { compactPercent, percent } from '../../../shared/format/percent';
import { shownDocument } from '../../services/active-prompts';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { LANGUAGE } from '../../services/languages';
import { nearestPrompts } from '../../services/nearest-prompts';
import type { ScoreStore } from '../../services/score-store';
import { scoredLines } from '../../services/scored-lines';
import { thresholdFor } from '../../services/threshold';

const EXTENSIONS = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'bmp', 'tif', 'tiff', 'ppm', 'pgm', 'pbm', 'pnm'];
const TOP = 3;

/**
 * Predict Image: the likeliest classes of image files, as a line of the nearest `.prompts` document sees them.
 * From the Explorer it gets the file under the cursor and all selected ones; a third argument names the line.
 */
export function registerPredict(
  engine: EngineClient,
  scores: ScoreStore,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return registerCommand(log, 'coop.predict', async (...given: readonly unknown[]) => {
    const images = await imagesOf(given);
    if (images.length === 0) return undefined;
    const document = await documentFor(images[0]!);
    const line = typeof given[2] === 'string' ? given[2] : await pickLine(document, scores);
    if (line === undefined) return undefined;
    const predictions = await predict(engine, document, line, images);
    // Not awaited: the answer is there, read or not.
    if (given[2] === undefined) void show(line, predictions);
    return predictions;
  });
}

async function imagesOf([one, all]: readonly unknown[]): Promise<readonly vscode.Uri[]> {
  const selected = Array.isArray(all) ? all : [one];
  const uris = selected.filter(item => item instanceof vscode.Uri);
  if (uris.length > 0) return uris;
  const chosen = await vscode.window.showOpenDialog({
    title: 'Images to predict',
    openLabel: 'Predict',
    canSelectMany: true,
    filters: { Images: EXTENSIONS },
  });
  return chosen ?? [];
}

/** The document that is shown, else the nearest one upward that names images. */
async function documentFor(image: vscode.Uri): Promise<vscode.TextDocument> {
  const shown = shownDocument();
  if (shown?.uri.scheme === 'file') return shown;
  const nearest = await nearestPrompts(image);
  const beside = nearest?.path ?? (await firstOfWorkspace())?.fsPath;
  if (beside !== undefined) return vscode.workspace.openTextDocument(beside);
  throw new CoopError('usage', 'No .prompts document says which classes there are.', {
    subject: image.fsPath,
    next: 'Open one, or make one: “CoOp: New Prompts File” on the folder of classes.',
  });
}

async function firstOfWorkspace(): Promise<vscode.Uri | undefined> {
  return (await vscode.workspace.findFiles('**/*.prompts', '**/node_modules/**', 1))[0];
}

async function pickLine(document: vscode.TextDocument, scores: ScoreStore): Promise<string | undefined> {
  const lines = document.languageId === LANGUAGE ? scoredLines(document) : [];
  if (lines.length === 0)
    throw new CoopError(
      'template.syntax',
      `${path.basename(document.fileName)} has no template to predict with.`,
      {
        next: 'Write one, such as “a photo of a {}.”.',
      },
    );
  if (lines.length === 1) return lines[0]!.line;
  const rows = lines.map(({ line }) => {
    const state = scores.stateOf(document.uri, line);
    const accuracy =
      state?.kind === 'scored' && state.score.result.ok ? state.score.result.accuracy.value : null;
    return {
      label: line,
      accuracy,
      description: accuracy === null ? '' : `${compactPercent(accuracy)} on dev`,
    };
  });
  // The best first; the others keep their order.
  rows.sort((a, b) => (b.accuracy ?? -1) - (a.accuracy ?? -1));
  return (await vscode.window.showQuickPick(rows, { title: 'Template to predict with' }))?.label;
}

function predict(
  engine: EngineClient,
  document: vscode.TextDocument,
  line: string,
  images: readonly vscode.Uri[],
): Thenable<readonly ImagePrediction[]> {
  const params: DocumentParams = { path: document.uri.fsPath, text: document.getText() };
  const paths = images.map(({ fsPath }) => fsPath);
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'CoOp: predicting', cancellable: true },
    (_, token) =>
      engine.request(
        'image/predict',
        { ...params, line, paths, top: TOP, ...thresholdFor(document.uri), job: randomUUID() },
        token,
      ),
  );
}

async function show(line: string, predictions: readonly ImagePrediction[]): Promise<void> {
  const rows = predictions.flatMap(({ path: file, classes, noneOfThese }) => [
    { label: path.basename(file), kind: vscode.QuickPickItemKind.Separator, file },
    ...(noneOfThese === true ? [{ label: 'none of these', description: 'by coop.threshold', file }] : []),
    ...classes.map(({ name, probability }) => ({ label: name, description: percent(probability), file })),
  ]);
  const chosen = await vscode.window.showQuickPick(rows, {
    title: `As “${line}” sees ${predictions.length === 1 ? path.basename(predictions[0]!.path) : `${predictions.length} images`}`,
    placeHolder: 'Choose a row to open its image',
  });
  if (chosen !== undefined) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(chosen.file));
}

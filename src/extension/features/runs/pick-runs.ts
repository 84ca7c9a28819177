import path from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../../shared/contracts/run';

/** Runs to work on, several at once. */
export async function pickRuns(runs: readonly RunSummary[], title: string): Promise<RunSummary[]> {
  const rows = runs.map(run => ({
    label: run.inputs.name,
    description: run.status,
    detail: `${run.inputs.template} · ${path.basename(run.inputs.document.path)}`,
    run,
  }));
  const chosen = await vscode.window.showQuickPick(rows, { title, canPickMany: true });
  return (chosen ?? []).map(({ run }) => run);
}

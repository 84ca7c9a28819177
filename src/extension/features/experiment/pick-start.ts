import os from 'node:os';
import * as vscode from 'vscode';
import type { PlannedExperiment } from '../../../shared/contracts/protocol';
import { count, counted, progressCount } from '../../../shared/format/count';
import { duration } from '../../../shared/format/duration';
import type { EngineClient } from '../../services/engine-client';

const GIB = 2 ** 30;
/** Reasons of the same data set repeat. */
const MAX_REASONS = 2;

/**
 * The plan as one row that starts it.
 * @param hasResults a row shows those without measuring
 */
export async function pickStart(
  engine: EngineClient,
  file: string,
  hasResults: boolean,
): Promise<'start' | 'show' | undefined> {
  const plan = await planned(engine, file);
  const left = plan.cells - plan.done - plan.failures.length;
  const start = {
    choice: 'start' as const,
    label: `$(play) ${left === 0 ? 'Write tables and figures' : 'Start'} · ${summary(plan, left)}`,
    detail: details(plan),
  };
  const show = { choice: 'show' as const, label: '$(graph) Show the results so far' };
  const chosen = await vscode.window.showQuickPick(hasResults ? [start, show] : [start], {
    title: `CoOp: Run Experiment · ${plan.title}`,
    placeHolder: 'It goes on in a process of its own when the window is closed',
  });
  return chosen?.choice;
}

function summary({ seconds, bytes, jobs, device }: PlannedExperiment, left: number): string {
  if (left === 0) return 'everything is measured';
  return [
    counted(left, 'cell'),
    `≈ ${duration(seconds)}`,
    `≈ ${(bytes / GIB).toFixed(1)} GiB of ${(os.totalmem() / GIB).toFixed(1)}`,
    `${jobs} side by side on ${device}`,
  ].join(' · ');
}

function details({ cells, done, failures, undrawn }: PlannedExperiment): string {
  const reasons = [...new Set(failures.map(({ message }) => message))];
  return [
    `${counted(cells, 'cell')}, ${count(done)} measured before.`,
    ...(failures.length === 0
      ? []
      : [`${counted(failures.length, 'cell')} cannot be measured:`, ...reasons.slice(0, MAX_REASONS)]),
    ...undrawn,
  ].join(' ');
}

async function planned(engine: EngineClient, file: string): Promise<PlannedExperiment> {
  const job = `plan ${file}`;
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'CoOp: planning', cancellable: true },
    async (report, token) => {
      const listening = engine.onNotification(({ name, params }) => {
        if (name !== 'engine/progress' || params.job !== job) return;
        const { message, done, total, unit } = params;
        report.report({ message: `${message} ${progressCount(done, total, unit)}` });
      });
      try {
        return await engine.request('experiment/plan', { job, file }, token);
      } finally {
        listening.dispose();
      }
    },
  );
}

import * as vscode from 'vscode';
import type { DeviceInfo } from '../../../shared/contracts/protocol';
import { noticeText } from '../../../shared/format/markdown-text';
import { runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';

const COMMANDS = { cuda: 'coop.installCuda', tensorflow: 'coop.installTensorflow' } as const;

/** Every device after a trial of each: usable, or why not. */
export function triedDevices(engine: EngineClient): Thenable<readonly DeviceInfo[]> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: 'CoOp: trying each device …',
      cancellable: true,
    },
    (_, token) => engine.request('engine/devices', {}, token),
  );
}

/** A usable device, or `auto`; a refused one says what to do about it instead. */
export async function pickDevice(
  engine: EngineClient,
  title: string,
  present: string,
): Promise<string | undefined> {
  const devices = await triedDevices(engine);
  const rows = [
    { label: 'auto', description: 'the best one that is usable', next: null },
    ...devices.map(info => ({
      label: info.device,
      ...(info.usable
        ? { description: usableText(info), next: null }
        : {
            description: 'not usable here',
            detail: info.reason,
            next: `${info.reason}. ${info.next}`,
            install: info.install,
          }),
    })),
  ].map(row => (row.label === present ? { ...row, description: `${row.description} · now` } : row));
  const chosen = await vscode.window.showQuickPick(rows, {
    title,
    placeHolder: 'Each was tried in a process of its own',
    matchOnDetail: true,
  });
  if (chosen === undefined) return undefined;
  if (chosen.next === null) return chosen.label;
  const { label, next, install } = chosen;
  const buttons = install === undefined ? [] : ['Install'];
  // Not awaited: a notice may stay as long as it is not read.
  void vscode.window
    .showWarningMessage(noticeText(`${label} cannot be used here: ${next}`), ...buttons)
    .then(async button => {
      if (button === 'Install' && install !== undefined) await runCommand(COMMANDS[install]);
    });
  return undefined;
}

function usableText({
  flopsPerSecond,
  withoutFloat16,
  unverified,
}: Extract<DeviceInfo, { usable: true }>): string {
  return [
    `${Math.round(flopsPerSecond / 1e9)} GFLOP/s`,
    ...(withoutFloat16 === undefined ? [] : ['float32 weights only']),
    ...(unverified ? ['no test of this project has run on such a device'] : []),
  ].join(' · ');
}

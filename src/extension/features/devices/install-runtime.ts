import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { InstalledRuntime, RuntimeName } from '../../../shared/contracts/protocol';
import { noticeText } from '../../../shared/format/markdown-text';
import { runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { tell } from '../../services/notice';

/**
 * Installs what a device needs and says where it is; the engine starts anew with its next request, since a library that was
 * loaded stays.
 * @throws CoopError as the engine's `installRuntime`
 */
export async function installRuntime(engine: EngineClient, runtime: RuntimeName): Promise<InstalledRuntime> {
  const job = randomUUID();
  const installed = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'CoOp: installing with npm', cancellable: true },
    async (progress, token) => {
      const listening = engine.onNotification(({ name, params }) => {
        if (name === 'engine/progress' && params.job === job)
          progress.report({ message: noticeText(params.message) });
      });
      try {
        return await engine.request('engine/install', { runtime, job }, token);
      } finally {
        listening.dispose();
      }
    },
  );
  await engine.stopWhenIdle();
  const { package: module, version, needs } = installed;
  tell(
    'information',
    `${module} ${version} is ${installed.installed ? 'installed' : 'there already'}. It needs ${needs}; a check of the devices tries it.`,
    { 'Check Devices': () => runCommand('coop.checkDevices') },
  );
  return installed;
}

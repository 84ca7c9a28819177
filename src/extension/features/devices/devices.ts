import * as vscode from 'vscode';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { pickDevice } from './pick-device';

/** Check Devices: what each can do here or why it cannot; choosing one makes it the setting. */
export function registerDevices(engine: EngineClient, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, 'coop.checkDevices', async () => {
    const settings = vscode.workspace.getConfiguration('coop');
    const device = await pickDevice(
      engine,
      'Devices: choose the one to score and learn on',
      settings.get('device', 'auto'),
    );
    if (device !== undefined) await settings.update('device', device, vscode.ConfigurationTarget.Global);
    return device;
  });
}

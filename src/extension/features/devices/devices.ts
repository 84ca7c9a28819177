import * as vscode from 'vscode';
import type { RuntimeName } from '../../../shared/contracts/protocol';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { installRuntime } from './install-runtime';
import { pickDevice } from './pick-device';

/** Install CUDA Support and TensorFlow.js Support. Check Devices: what each can do here or why it cannot; choosing one makes it the setting. */
export function registerDevices(engine: EngineClient, log: vscode.LogOutputChannel): vscode.Disposable {
  const install = (id: 'coop.installCuda' | 'coop.installTensorflow', runtime: RuntimeName) =>
    registerCommand(log, id, () => installRuntime(engine, runtime));
  const check = registerCommand(log, 'coop.checkDevices', async () => {
    const settings = vscode.workspace.getConfiguration('coop');
    const device = await pickDevice(
      engine,
      'Devices: choose the one to score and learn on',
      settings.get('device', 'auto'),
    );
    if (device !== undefined) await settings.update('device', device, vscode.ConfigurationTarget.Global);
    return device;
  });
  return vscode.Disposable.from(
    check,
    install('coop.installCuda', 'cuda'),
    install('coop.installTensorflow', 'tensorflow'),
  );
}

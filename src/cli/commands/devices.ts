import type { Command } from 'commander';
import { chooseDevice, probeDevices } from '../../engine/runtime/devices';
import { installRuntime } from '../../engine/runtime/installs/install-runtime';
import type { Work } from '../../engine/task/work';
import type { DeviceInfo, RuntimeName } from '../../shared/contracts/protocol';
import { action, type CommonOptions } from '../console/command';
import type { Terminal } from '../console/terminal';
import { textTable } from '../console/text-table';

interface DevicesOptions extends CommonOptions {
  readonly installCuda?: true;
  readonly installTensorflow?: true;
}

export function addDevices(program: Command): void {
  program
    .command('devices')
    .description('which devices can score and learn here, and why the others cannot')
    .option('--install-cuda', 'first installs onnxruntime with CUDA for this user (Linux, NVIDIA), with npm')
    .option('--install-tensorflow', 'first installs @tensorflow/tfjs-node-gpu for this user, with npm')
    .option('--json', 'the whole list as JSON')
    .addHelpText(
      'after',
      '\nEach device is tried in a process of its own: it must run a small graph, forward and backward, with the right result.',
    )
    .action(
      action<[], DevicesOptions>(async (terminal, work, options) => {
        if (options.installCuda === true) await install('cuda', terminal, work);
        if (options.installTensorflow === true) await install('tensorflow', terminal, work);
        terminal.note('Trying each device …');
        const devices = await probeDevices();
        const { device: chosen } = await chooseDevice(
          'auto',
          'float32',
          async device => devices.find(info => info.device === device)!,
        );
        terminal.result({ devices, auto: chosen });
        terminal.print(
          textTable(
            [{ title: 'device' }, { title: '' }, { title: 'speed', align: 'right' }, { title: '' }],
            devices.map(info => [
              info.device,
              info.usable ? 'usable' : 'no',
              info.usable ? `${Math.round(info.flopsPerSecond / 1e9)} GFLOP/s` : '',
              noteOn(info, chosen),
            ]),
          ),
        );
        for (const info of devices)
          if (!info.usable) terminal.print(['', `${info.device}: ${info.reason}.`, `  ${info.next}`]);
      }),
    );
}

async function install(name: RuntimeName, terminal: Terminal, { signal }: Work): Promise<void> {
  const {
    folder,
    package: module,
    version,
    needs,
    installed,
  } = await installRuntime(name, {
    ...(signal === undefined ? {} : { signal }),
    onLine: line => terminal.note(line),
  });
  terminal.note(
    `${module} ${version} ${installed ? 'is now' : 'was already'} in ${folder}. It needs ${needs}.`,
  );
}

function noteOn(info: DeviceInfo, chosen: string): string {
  if (!info.usable) return '';
  return [
    ...(info.device === chosen ? ['used unless another is asked for'] : []),
    ...(info.unverified ? ['no test of this project has run on such a device'] : []),
    ...(info.withoutFloat16 === undefined ? [] : [`float32 weights only: ${info.withoutFloat16}`]),
  ].join('; ');
}

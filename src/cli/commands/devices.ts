import type { Command } from 'commander';
import { chooseDevice, probeDevices } from '../../engine/runtime/devices';
import type { DeviceInfo } from '../../shared/contracts/protocol';
import { action, type CommonOptions } from '../console/command';
import { textTable } from '../console/text-table';

export function addDevices(program: Command): void {
  program
    .command('devices')
    .description('which devices can score and learn here, and why the others cannot')
    .option('--json', 'the whole list as JSON')
    .addHelpText(
      'after',
      '\nEach device is tried in a process of its own: it must run a small graph, forward and backward, with the right result.',
    )
    .action(
      action<[], CommonOptions>(async terminal => {
        terminal.note('Trying each device …');
        const devices = await probeDevices();
        const { device: chosen } = await chooseDevice(
          'auto',
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

function noteOn(info: DeviceInfo, chosen: string): string {
  if (info.device === chosen) return 'used unless another is asked for';
  return info.usable && info.unverified ? 'no test of this project has run on such a device' : '';
}

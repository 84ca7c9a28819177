import assert from 'node:assert/strict';
import { add, input } from '../../../src/engine/graph/operations';
import { createSession } from '../../../src/engine/runtime/create-session';
import { deviceFault, isDeviceFault } from '../../../src/engine/runtime/device-fault';
import { chooseDevice, ladder, probeDevices } from '../../../src/engine/runtime/devices';
import type { Device } from '../../../src/engine/runtime/session';
import type { Precision } from '../../../src/shared/contracts/precision';
import type { DeviceInfo } from '../../../src/shared/contracts/protocol';
import { CoopError } from '../../../src/shared/errors';

const usable = (device: string, flopsPerSecond: number): DeviceInfo => ({
  device,
  usable: true,
  flopsPerSecond,
  unverified: false,
});
const refused = (device: string): DeviceInfo => ({
  device,
  usable: false,
  reason: `no ${device} here`,
  next: `Install ${device}.`,
  unverified: false,
});
const choose = (wanted: string, ...infos: DeviceInfo[]) => chooseFor('float32', wanted, ...infos);
const chooseFor = (precision: Precision, wanted: string, ...infos: DeviceInfo[]) =>
  chooseDevice(
    wanted,
    precision,
    async device => infos.find(info => info.device === device)!,
    infos.map(({ device }) => device as Device),
  );

describe('devices', () => {
  it('are tried best first, the CPU last on every platform', () => {
    for (const platform of ['linux', 'win32', 'darwin', 'freebsd'] as const)
      assert.equal(ladder(platform).at(-1), 'cpu');
    assert.deepEqual(ladder('linux'), ['cuda', 'webgpu', 'cpu']);
    assert.deepEqual(ladder('win32'), ['cuda', 'webgpu', 'dml', 'cpu']);
  });

  it('auto takes the first usable one and keeps the reasons of those before it', async () => {
    assert.deepEqual(await choose('auto', refused('cuda'), usable('webgpu', 9e12), usable('cpu', 4e11)), {
      device: 'webgpu',
      refused: [{ device: 'cuda', reason: 'no cuda here' }],
    });
    assert.deepEqual(await choose('auto', refused('cuda'), refused('webgpu'), usable('cpu', 4e11)), {
      device: 'cpu',
      refused: [
        { device: 'cuda', reason: 'no cuda here' },
        { device: 'webgpu', reason: 'no webgpu here' },
      ],
    });
  });

  it('auto passes over a device that is slower than the CPU; by name it is used', async () => {
    const infos = [usable('webgpu', 1e9), usable('cpu', 4e11)];
    const { device, refused: passed } = await choose('auto', ...infos);
    assert.equal(device, 'cpu');
    assert.match(passed[0]!.reason, /slower than the processor here \(1 against 400 GFLOP\/s\)/);
    assert.deepEqual(await choose('webgpu', ...infos), { device: 'webgpu', refused: [] });
  });

  it('a device that cannot hold weights as float16 is refused for them, and for them alone', async () => {
    const webgpu = { ...usable('webgpu', 9e12), withoutFloat16: 'no shader-f16' } as DeviceInfo;
    assert.deepEqual(await choose('auto', webgpu, usable('cpu', 1)), { device: 'webgpu', refused: [] });
    assert.deepEqual(await chooseFor('float16', 'auto', webgpu, usable('cpu', 1)), {
      device: 'cpu',
      refused: [{ device: 'webgpu', reason: 'it cannot hold weights as float16 (no shader-f16)' }],
    });
    await assert.rejects(chooseFor('float16', 'webgpu', webgpu), (error: CoopError) => {
      assert.equal(error.code, 'device.unavailable');
      assert.match(error.message, /webgpu cannot be used here: it cannot hold weights as float16/);
      assert.match(error.next!, /float32/);
      return true;
    });
  });

  it('a device asked for by name that cannot be used is an error with its reason and the next step', async () => {
    await assert.rejects(choose('cuda', refused('cuda'), usable('cpu', 1)), (error: CoopError) => {
      assert.equal(error.code, 'device.unavailable');
      assert.equal(error.message, 'The device cuda cannot be used here: no cuda here.');
      assert.equal(error.next, 'Install cuda.');
      return true;
    });
    await assert.rejects(choose('coreml', usable('cpu', 1)), /not offered on/);
    await assert.rejects(choose('gpu', usable('cpu', 1)), { code: 'usage' });
  });

  it('the CPU passes its probe in a process of its own, and a crash, a hang or wrong numbers is a refusal', async () => {
    const [cpu] = await probeDevices(['cpu']);
    assert.ok(cpu!.usable && cpu!.flopsPerSecond > 1e9);
    assert.equal(cpu!.withoutFloat16, undefined);
    const [lost] = await probeDevices(['webgpu'], async () => ({
      ok: false,
      reason: 'its probe ended with SIGSEGV',
    }));
    assert.ok(!lost!.usable && lost!.reason.includes('SIGSEGV') && lost!.next.includes('driver'));
  });

  it('products on CUDA are to be float32, not TF32, unless someone says otherwise', async () => {
    const before = process.env['NVIDIA_TF32_OVERRIDE'];
    const x = input('x', [1]);
    await (await createSession({ y: add(x, x) })).release();
    assert.equal(process.env['NVIDIA_TF32_OVERRIDE'], before ?? '0');
  });

  it('a device without a provider in this build is refused by its probe, not by a crash of this process', async () => {
    if (process.platform === 'win32') return;
    const [info] = await probeDevices(['dml']);
    assert.ok(!info!.usable && /no dml on/.test(info!.reason));
  });

  it('errors of a run say whether memory or the device itself is at fault', () => {
    const memory = deviceFault(
      'webgpu',
      new Error('Failed to allocate memory for requested buffer of size 1'),
    );
    assert.equal(memory.code, 'device.memory');
    const lost = deviceFault('cuda', new Error('CUDA failure 999: unknown error'));
    assert.equal(lost.code, 'device.lost');
    assert.ok(isDeviceFault(memory) && isDeviceFault(lost));
    const other = new CoopError('run.nonFinite', 'no');
    assert.equal(deviceFault('cpu', other), other);
    assert.ok(!isDeviceFault(other));
  });
});

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Precision } from '../../shared/contracts/precision';
import type { DeviceInfo, RuntimeName } from '../../shared/contracts/protocol';
import type { RefusedDevice } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import { installedRuntime, RUNTIMES } from './installs/runtimes';
import type { ProbeResult } from './probe-device';
import { engineProcess } from './process-entry';
import type { Device } from './session';

/** Best first, of what onnxruntime may offer on a platform. */
export function ladder(platform: NodeJS.Platform = process.platform): readonly Device[] {
  switch (platform) {
    case 'win32':
      return ['cuda', 'webgpu', 'dml', 'cpu'];
    case 'darwin':
      return ['webgpu', 'coreml', 'cpu'];
    default:
      return ['cuda', 'webgpu', 'cpu'];
  }
}

const DEVICES = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml', 'tensorflow'] as const satisfies readonly Device[];
const isDevice = (name: string): name is Device => (DEVICES as readonly string[]).includes(name);
/** A first start may compile shaders or load gigabytes of CUDA libraries. */
const PROBE_MS = 60_000;

const NEXT: Readonly<Record<Device, string>> = {
  cpu: 'Install the extension for this platform again.',
  webgpu:
    'Install the graphics driver of this machine’s GPU (on Linux one with Vulkan, and libvulkan1); in a container, pass the GPU through.',
  cuda: `Run “coop devices --install-cuda” or “CoOp: Install CUDA Support”; the machine needs ${RUNTIMES.cuda.needs}.`,
  dml: 'Update Windows and the driver of the GPU.',
  coreml: 'Use a Mac with Apple silicon.',
  tensorflow: `Run “coop devices --install-tensorflow” or “CoOp: Install TensorFlow.js Support”; it needs ${RUNTIMES.tensorflow.needs}.`,
};

/** Devices whose code path is the one tested on WebGPU, but which no test of this project has run on. */
const UNVERIFIED: ReadonlySet<Device> = new Set(['cuda', 'dml', 'coreml', 'tensorflow']);

/** Runs the probe in a process; a crash, a hang or wrong numbers is a refusal with its reason. */
export type Probe = (device: Device) => Promise<ProbeResult>;

async function infoOf(device: Device, probe: Probe = probeInProcess): Promise<DeviceInfo> {
  const result = await probe(device);
  const unverified = UNVERIFIED.has(device);
  return result.ok
    ? { device, usable: true, flopsPerSecond: result.flopsPerSecond, unverified, ...halvesOf(result) }
    : { device, usable: false, reason: result.reason, next: NEXT[device], unverified, ...toInstall(device) };
}

const halvesOf = ({ withoutFloat16 }: { readonly withoutFloat16?: string }) =>
  withoutFloat16 === undefined ? {} : { withoutFloat16 };

/** What is not there yet and exists for this platform. */
function toInstall(device: Device): { readonly install?: RuntimeName } {
  if (device !== 'cuda' && device !== 'tensorflow') return {};
  const { platforms } = RUNTIMES[device];
  const offered =
    platforms.includes(`${process.platform}-${process.arch}`) && installedRuntime(device) === null;
  return offered ? { install: device } : {};
}

/** Every device that can be asked for on this platform: the ladder, and what only its name chooses. */
export const offered = (): readonly Device[] => [...ladder(), 'tensorflow'];

/** Devices one after the other, since their speeds are measured: usable with it, or why not and what to do. */
export async function probeDevices(
  devices: readonly Device[] = offered(),
  probe?: Probe,
): Promise<readonly DeviceInfo[]> {
  const infos: DeviceInfo[] = [];
  for (const device of devices) infos.push(await infoOf(device, probe));
  return infos;
}

export interface ChosenDevice {
  readonly device: Device;
  /** Every better device of the ladder, with the reason it is not used. */
  readonly refused: readonly RefusedDevice[];
}

/**
 * The device for `auto`: the first usable one of the ladder that is not slower than the CPU, as graphics drivers in
 * software are. Or the one that was asked for. Only devices that the answer depends on are probed.
 * @param precision how weights are held: a device that cannot is refused
 * @param infoFor what is known of a device; by default it is probed once in this process
 * @throws CoopError `device.unavailable` when the device asked for is refused, `usage` when there is none of that name
 */
export async function chooseDevice(
  wanted: string,
  precision: Precision,
  infoFor: (device: Device) => Promise<DeviceInfo> = probedOnce,
  devices: readonly Device[] = offered(),
): Promise<ChosenDevice> {
  if (wanted === 'cpu') return { device: 'cpu', refused: [] };
  if (wanted !== 'auto') return { device: await named(wanted, precision, infoFor, devices), refused: [] };
  const refused: RefusedDevice[] = [];
  for (const device of devices) {
    if (device === 'cpu') break;
    const info = await infoFor(device);
    const reason = info.usable
      ? (withoutHalves(info, precision) ?? slowerThanCpu(info.flopsPerSecond, await infoFor('cpu')))
      : info.reason;
    if (reason === null) return { device, refused };
    refused.push({ device, reason });
  }
  return { device: 'cpu', refused };
}

/** @throws CoopError `usage` for a name of no device; whether it can be used is another question */
export function deviceNamed(wanted: string): Device {
  if (isDevice(wanted)) return wanted;
  throw new CoopError('usage', `There is no device “${wanted}”.`, {
    subject: wanted,
    next: `Use auto, ${DEVICES.join(', ')}.`,
  });
}

async function named(
  wanted: string,
  precision: Precision,
  infoFor: (device: Device) => Promise<DeviceInfo>,
  devices: readonly Device[],
): Promise<Device> {
  const device = deviceNamed(wanted);
  const info = devices.includes(device) ? await infoFor(device) : null;
  if (info?.usable === true) {
    const reason = withoutHalves(info, precision);
    if (reason === null) return device;
    throw new CoopError('device.unavailable', `The device ${device} cannot be used here: ${reason}.`, {
      subject: device,
      next: 'Use the precision float32, or the device cpu.',
    });
  }
  throw new CoopError(
    'device.unavailable',
    `The device ${device} cannot be used here: ${info?.reason ?? `it is not offered on ${process.platform}`}.`,
    { subject: device, next: info?.next ?? `Use auto, ${devices.join(', ')}.` },
  );
}

function withoutHalves(
  { withoutFloat16 }: Extract<DeviceInfo, { usable: true }>,
  precision: Precision,
): string | null {
  if (precision === 'float32' || withoutFloat16 === undefined) return null;
  return `it cannot hold weights as float16 (${withoutFloat16})`;
}

function slowerThanCpu(flopsPerSecond: number, cpu: DeviceInfo): string | null {
  if (!cpu.usable || flopsPerSecond > cpu.flopsPerSecond) return null;
  return `it is slower than the processor here (${giga(flopsPerSecond)} against ${giga(cpu.flopsPerSecond)} GFLOP/s); ask for it by name to use it`;
}

const giga = (flops: number) => Math.round(flops / 1e9);

const probed = new Map<Device, Promise<DeviceInfo>>();

function probedOnce(device: Device): Promise<DeviceInfo> {
  const info = probed.get(device) ?? infoOf(device);
  probed.set(device, info);
  return info;
}

function probeInProcess(device: Device): Promise<ProbeResult> {
  if (device === 'cuda' && !cudaInstalled())
    return Promise.resolve({ ok: false, reason: 'onnxruntime’s CUDA libraries are not installed' });
  return new Promise(resolve => {
    const { command, args } = engineProcess('runtime/probe-process');
    const child = spawn(command, [...args, device], { stdio: ['ignore', 'pipe', 'pipe'], timeout: PROBE_MS });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out = (out + text).slice(-4000);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-400);
    });
    child.on('error', error => resolve({ ok: false, reason: `its probe could not start: ${error.message}` }));
    child.on('close', (code, signal) => {
      const answer = out.trim().split('\n').at(-1) ?? '';
      if (answer.startsWith('{')) {
        resolve(JSON.parse(answer) as ProbeResult);
        return;
      }
      const ended =
        signal === 'SIGTERM'
          ? `gave no answer in ${PROBE_MS / 1000} s`
          : `ended with ${signal ?? `code ${code}`}`;
      const said = err.trim().split('\n').at(-1) ?? '';
      resolve({ ok: false, reason: `its probe ${ended}${said === '' ? '' : `: ${said}`}` });
    });
  });
}

/** Looked for first, since a failed start of CUDA takes seconds. */
function cudaInstalled(): boolean {
  if (process.platform === 'win32' || installedRuntime('cuda') !== null) return true;
  try {
    const binding = path.dirname(require.resolve('onnxruntime-node/package.json'));
    const folder = path.join(binding, 'bin', 'napi-v6', process.platform, process.arch);
    return existsSync(path.join(folder, 'libonnxruntime_providers_cuda.so'));
  } catch {
    return true;
  }
}

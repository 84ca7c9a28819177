import assert from 'node:assert/strict';
import type { DeviceInfo } from '../../src/shared/contracts/protocol';
import type { Report } from '../../src/shared/contracts/report';
import { WebGpuSample } from './support/webgpu-sample';

describe('learning on WebGPU', () => {
  let sample: WebGpuSample | undefined;

  before(async function () {
    sample = WebGpuSample.begin(this);
  });

  after(() => sample?.end());

  function coop<Result>(...args: readonly string[]): Result {
    const { status, stdout, stderr } = sample!.coop(...args);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Result;
  }

  it('coop devices finds it usable, and auto takes the CPU where the driver is software', () => {
    const { devices, auto } = coop<{ devices: readonly DeviceInfo[]; auto: string }>('devices');
    const info = (name: string) => devices.find(({ device }) => device === name)!;
    const [webgpu, cpu] = [info('webgpu'), info('cpu')];
    assert.ok(webgpu.usable && cpu.usable);
    assert.equal(auto, webgpu.flopsPerSecond > cpu.flopsPerSecond ? 'webgpu' : 'cpu');
  });

  it('a whole run ends at the CPU’s accuracy, image by image', () => {
    const learn = (device: string) =>
      coop<{ report: Report }>('learn', 'demo.prompts', '--epochs', '5', '--device', device).report;
    const [cpu, webgpu] = [learn('cpu'), learn('webgpu')];
    assert.equal(webgpu.provenance.device, 'webgpu');
    assert.deepEqual(webgpu.confusion.learned, cpu.confusion.learned);
    assert.deepEqual(webgpu.seeds[0]!.test, cpu.seeds[0]!.test);
    assert.ok(Math.abs(webgpu.seeds[0]!.finalLoss - cpu.seeds[0]!.finalLoss) < 1e-3);
  });
});

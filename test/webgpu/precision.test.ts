import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { DeviceInfo, ScoreResult } from '../../src/shared/contracts/protocol';
import type { Report } from '../../src/shared/contracts/report';
import { WebGpuSample } from './support/webgpu-sample';

/** Chromium's driver in software has no float16 in shaders, Mesa's has (VK_ICD_FILENAMES=…/lvp_icd.json): either is told. */
describe('weights held as float16 on WebGPU', () => {
  let sample: WebGpuSample | undefined;
  let without: string | undefined;

  before(function () {
    sample = WebGpuSample.begin(this);
    const { devices } = JSON.parse(coop('devices').stdout) as { devices: readonly DeviceInfo[] };
    const webgpu = devices.find(({ device }) => device === 'webgpu')!;
    assert.ok(webgpu.usable, JSON.stringify(webgpu));
    without = webgpu.withoutFloat16;
  });

  after(() => sample?.end());

  const coop = (...args: readonly string[]) => sample!.coop(...args);

  it('a driver without float16 in shaders refuses them by name, before anything is computed', function () {
    if (without === undefined) this.skip();
    const { status, stdout } = coop('learn', 'demo.prompts', '--device', 'webgpu', '--precision', 'float16');
    assert.equal(status, 1);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; next: string } };
    assert.equal(error.code, 'device.unavailable');
    assert.match(
      error.message,
      /webgpu cannot be used here: it cannot hold weights as float16 \(.*requires f16/,
    );
    assert.match(error.next, /float32/);
  });

  it('a driver with it scores and learns as the CPU does', function () {
    if (without !== undefined) {
      console.log(`      skipped: ${without}`);
      this.skip();
    }
    const answer = <Result>(...args: readonly string[]) => {
      const { status, stdout, stderr } = coop(...args, '--precision', 'float16');
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /goes on/);
      return JSON.parse(stdout) as Result;
    };
    const score = (device: string) => answer<ScoreResult>('score', 'demo.prompts', '--device', device).scores;
    const cpu = score('cpu');
    rmSync(sample!.cache, { recursive: true });
    assert.deepEqual(score('webgpu'), cpu);
    const learn = (device: string) =>
      answer<{ report: Report }>('learn', 'demo.prompts', '--epochs', '5', '--device', device).report;
    const [here, there] = [learn('cpu'), learn('webgpu')];
    assert.equal(there.provenance.device, 'webgpu');
    assert.equal(there.provenance.precision, 'float16');
    assert.deepEqual(there.confusion.learned, here.confusion.learned);
  });
});

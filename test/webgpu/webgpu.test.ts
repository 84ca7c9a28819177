import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { vulkanDriver, vulkanMissing } from '../support/requirements.mjs';
import { layoutNames } from './graph-cases';
import type { GraphReport } from './run-graphs';

/**
 * Relative Euclidean distance of an output from the CPU's. Both are float32 in other summation orders: measured
 * 5e-7 to 3e-6. A wrong kernel or a half-precision one is off by 1e-3 or more.
 */
const TOLERANCE = 2e-5;

/** Shape arithmetic and the labels' one-hot rows: small integers that lie on the CPU anyway. */
const MAY_RUN_ON_CPU = new Set(['Add', 'Concat', 'Mul', 'OneHot', 'Shape']);

/** Every kind of graph on onnxruntime's WebGPU provider, compared with the CPU. */
describe('WebGPU', function () {
  this.timeout(600_000);
  let reports: readonly GraphReport[] = [];

  before(function () {
    const reason = vulkanMissing();
    if (reason !== null) {
      console.log(`    skipped: ${reason}`);
      this.skip();
    }
    const child = spawnSync(process.execPath, ['--import=tsx', path.join(__dirname, 'run-graphs.ts')], {
      encoding: 'utf8',
      env: { ...process.env, VK_ICD_FILENAMES: vulkanDriver },
    });
    assert.equal(child.status, 0, `the process ended with ${child.signal ?? child.status}:\n${child.stderr}`);
    reports = child.stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as GraphReport);
  });

  const names = [
    'image tower, ViT',
    'image tower, ModifiedResNet',
    'text tower',
    'learning shared vectors in front, QuickGELU',
    'learning class-specific vectors at the end, GELU',
    'image tower, SigLIP',
    'image tower, EVA-02',
    'learning on all positions, SigLIP',
    'learning on masked positions, BERT',
    ...layoutNames,
  ];
  for (const name of names) {
    it(`${name}: equals the CPU and stays on the device`, () => {
      const report = reports.find(found => found.name === name)!;
      checkOutputs(report);
      assert.deepEqual(
        report.onCpu.filter(operator => !MAY_RUN_ON_CPU.has(operator)),
        [],
      );
      assert.ok(report.onWebgpu.includes('MatMul') && report.onWebgpu.includes('Softmax'));
      assert.ok(!report.onWebgpu.includes('MemcpyToHost'), 'a step waits for the device in its middle');
    });
  }

  it('a graph of which the device leaves a hot part to the CPU is refused, with the parts and their number', () => {
    const { refusal } = reports.find(found => found.name === 'a graph in two parts')!;
    assert.match(
      refusal!,
      /^device.unavailable webgpu leaves 1 of the \d+ nodes of this graph to the processor, LogSoftmax 1 times among them/,
    );
  });

  it('a session of the product equals the CPU', () => {
    checkOutputs(reports.find(found => found.name === 'a session of the product')!);
  });
});

function checkOutputs({ outputs }: GraphReport): void {
  assert.ok(Object.keys(outputs).length > 0);
  for (const [output, { distance, size }] of Object.entries(outputs)) {
    // The smallest is the gradient of the tiny SigLIP, 0.018, whose logits move little; float32 tells it from zero by far.
    assert.ok(size > 0.01, `${output} is nearly zero`);
    assert.ok(distance <= TOLERANCE, `${output}: ${distance}`);
  }
}

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readContext } from '../../src/files/contexts/learned-context';
import { readSafetensorsHeader, readTensor } from '../../src/files/tensors/safetensors';
import { CommandLine } from './support/command-line';
import { sampleProject } from './support/sample-project';

describe('command line: export of a learned context', () => {
  let cli: CommandLine;
  before(async () => {
    cli = new CommandLine(sampleProject());
    await cli.json('learn', 'demo.prompts', '--epochs', '1', '--no-baselines');
    await cli.json('apply');
  });
  after(() => cli.remove());

  it('export writes the learned vectors in every format, the same numbers in each', async () => {
    const context = await readContext(cli.at('.coop/contexts/demo-16shot.safetensors'));
    const { values } = context.slots[0]!;
    const exported = async (ending: string) => {
      const out = cli.at(`exported.${ending}`);
      const { code, stderr } = await cli.run('export', 'demo-16shot', '--out', out);
      assert.equal(code, 0, stderr);
      return { out, bytes: readFileSync(out) };
    };
    const { out } = await exported('safetensors');
    const info = (await readSafetensorsHeader(out)).tensors.get('ctx')!;
    assert.deepEqual(info.shape, [16, 128]);
    assert.deepEqual(await readTensor(out, info), values);
    const npy = (await exported('npy')).bytes;
    assert.match(npy.toString('latin1', 0, 128), /'shape': \(16, 128\)/);
    assert.deepEqual(
      npy.subarray(-values.byteLength),
      Buffer.from(values.buffer, values.byteOffset, values.byteLength),
    );
    const csv = (await exported('csv')).bytes.toString().trim().split('\n');
    assert.equal(csv.length, 16);
    assert.deepEqual(Float32Array.from(csv.flatMap(line => line.split(',').map(Number))), values);
    const parsed = JSON.parse((await exported('json')).bytes.toString()) as { values: number[] };
    assert.deepEqual(Float32Array.from(parsed.values), values);
    assert.equal((await cli.run('export', 'demo-16shot', '--out', 'x.txt')).code, 2);
    assert.equal((await cli.run('export', 'demo-16shot', '--slot', '2', '--out', 'x.npy')).code, 3);
  });

  it('export gives code only for a file that the code opens', async () => {
    for (const [out, library, ending] of [
      ['p.onnx', 'open_clip', '.safetensors'],
      ['p.safetensors', 'onnxruntime', '.onnx'],
      ['p.safetensors', 'transformers.js', '.json'],
    ] as const) {
      const line = ['--prompts', 'demo.prompts', '--line', 'a photo of a {}.'];
      const { code, stdout, stderr } = await cli.run('export', ...line, '--out', out, '--code', library);
      assert.equal(code, 2, stderr);
      assert.ok(stderr.includes(`opens a prompt as ${ending}, not ${out}`), stderr);
      assert.equal(stdout, '');
      assert.ok(!existsSync(cli.at(out)));
    }
  });

  it('export refuses what a checkpoint cannot hold, in place of not reading it', async () => {
    for (const option of [
      ['--code', 'open_clip'],
      ['--line', 'a {}'],
      ['--threshold', '0.5'],
      ['--calibrated'],
    ]) {
      const whole = ['export', 'demo-16shot', '--prompts', 'demo.prompts', '--out', 'no-ending', ...option];
      const { code, stderr } = await cli.run(...whole);
      assert.equal(code, 2, stderr);
      assert.match(stderr, new RegExp(`no-ending is a checkpoint, which does not know ${option[0]!}\\.`));
      assert.ok(!existsSync(cli.at('no-ending')));
    }
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readTorchCheckpoint } from '../../../../src/engine/io/torch/torch-checkpoint';
import { exportCheckpointFile } from '../../../../src/engine/jobs/export-checkpoint-file';
import { importCheckpoint } from '../../../../src/engine/methods/coop/import-checkpoint';
import { ModelShelf } from '../../../../src/engine/models/shelf/opened-model';
import { contextBytes, type LearnedContext } from '../../../../src/files/contexts/learned-context';
import { contextFile } from '../../../../src/files/coop-folder';
import { writeFileAtomic } from '../../../../src/files/disk/atomic-file';
import { pythonImports } from '../../../support/python-imports';
import { root } from '../../../support/root';
import { randomNumbers } from '../../support/random-text-model';

const model = path.join(root, 'test/fixtures/golden/models/hf-vit-quickgelu');
const classNames = ['a cat', 'Dog', 'red fox'];
const LENGTH = 4;

/** What torch and CoOp's own loading make of a checkpoint: its tensors' bytes, and a module that takes them strictly. */
const PYTHON = `
import hashlib, json, os, sys, torch
folder = sys.argv[1]
with open(os.path.join(folder, 'checkpoint')) as f:
    name = f.readlines()[0].strip('\\n')
c = torch.load(os.path.join(folder, name), map_location='cpu', weights_only=True)
class Learner(torch.nn.Module):
    def __init__(self, state):
        super().__init__()
        self.ctx = torch.nn.Parameter(torch.zeros_like(state['ctx']))
        for name in ('token_prefix', 'token_suffix'):
            self.register_buffer(name, torch.zeros_like(state[name]))
learner = Learner(c['state_dict'])
learner.load_state_dict(c['state_dict'])
optim = torch.optim.SGD(learner.parameters(), lr=0.002, momentum=0.9)
assert set(c) == {'state_dict', 'epoch'}, c.keys()
(learner.ctx ** 2).sum().backward()
optim.step()
hashed = lambda t: hashlib.sha256(t.contiguous().numpy().tobytes()).hexdigest()
print(json.dumps({'epoch': c['epoch'], 'tensors': {
    k: [list(t.shape), str(t.dtype), hashed(t)] for k, t in c['state_dict'].items()}}))
`;

describe('a context as CoOp’s checkpoint', () => {
  let folder: string;
  const models = new ModelShelf();
  const python = process.env['COOP_BENCH_PYTHON'] ?? 'python3';
  let hasTorch: boolean;
  before(() => {
    hasTorch = pythonImports('torch', python);
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-checkpoint-'));
    mkdirSync(path.join(folder, '.coop/contexts'), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function stored(name: string, template: string, slots: readonly number[], perClass = false) {
    const { hash, model: opened } = await models.open(model, model);
    const { width } = opened.text;
    const next = randomNumbers(11);
    const context: LearnedContext = {
      width,
      slots: slots.map(length => ({
        length,
        perClass,
        values: Float32Array.from(
          { length: (perClass ? classNames.length : 1) * length * width },
          () => next() / 50,
        ),
      })),
      template,
      model,
      modelHash: hash,
      classNames,
      runId: 'x',
      createdAt: '2026-01-01T00:00:00Z',
      recipe: 'cached, 16 shots, seed 1, 200 epochs',
    };
    const file = contextFile(folder, name);
    await writeFileAtomic(file, contextBytes(context));
    return { file, context };
  }

  for (const [name, template, slots, perClass, position] of [
    ['end', '[V:4] {}.', [LENGTH], false, 'end'],
    ['front', '{} [V:4].', [LENGTH], false, 'front'],
    ['middle', '[V:2] {} [V:2].', [2, 2], false, 'middle'],
    ['own', '[V:4 per-class] {}.', [LENGTH], true, 'end'],
    ['own-middle', '[V:1 per-class] {} [V:2 per-class].', [1, 2], true, 'middle'],
  ] as const)
    it(`comes back to the bit through the importer, and through PyTorch where there is one: ${name}`, async function () {
      const { file, context } = await stored(name, template, slots, perClass);
      const out = path.join(folder, `out-${name}`);
      const written = await exportCheckpointFile({ file, out, models });
      assert.equal(written.file, path.join(out, 'prompt_learner/model.pth.tar-200'));
      assert.equal(readFileSync(path.join(out, 'prompt_learner/checkpoint'), 'utf8'), 'model.pth.tar-200\n');
      assert.equal(written.position, position);
      const read = await readTorchCheckpoint(written.file);
      assert.equal(read.epoch, 200);
      const opened = await models.open(model, model);
      const tables = await opened.model.textTables();
      const back = importCheckpoint(read, {
        model: { id: model, hash: opened.hash, tables, tokenizer: opened.tokenizer },
        position,
        classNames,
        createdAt: '',
      });
      assert.deepEqual(back.slots, context.slots);
      // Behind a name stand a full stop, the end of text and the embedding of token 0, to the last position.
      const { shape, values } = read.tensors.get('token_suffix')!;
      const row = (at: number) => values.subarray(at * context.width, (at + 1) * context.width);
      const token = (id: number) => tables.tokens.subarray(id * context.width, (id + 1) * context.width);
      const ids = [...opened.tokenizer.encode('Dog.'), opened.tokenizer.eot];
      const rest = shape[1]!;
      for (let at = 0; at < rest; at++) assert.deepEqual(row(rest + at), token(ids[at] ?? 0), `${at}`);

      if (!hasTorch) {
        console.log(
          `      not compared with PyTorch: ${python} has no torch (COOP_BENCH_PYTHON names another)`,
        );
        return this.skip();
      }
      const { stdout, stderr, status } = spawnSync(python, ['-c', PYTHON, path.dirname(written.file)], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      const sha256 = (numbers: Float32Array) =>
        createHash('sha256')
          .update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
          .digest('hex');
      assert.deepEqual(JSON.parse(stdout), {
        epoch: 200,
        tensors: Object.fromEntries(
          [...read.tensors].map(([key, each]) => [
            key,
            [[...each.shape], 'torch.float32', sha256(each.values)],
          ]),
        ),
      });
    });

  it('puts every content on a multiple of 64 bytes, as torch.save does, and the same bytes each time', async () => {
    const { file } = await stored('aligned', '[V:4] {}.', [LENGTH]);
    const out = path.join(folder, 'model.pth.tar-7');
    const { epoch } = await exportCheckpointFile({ file, out, models });
    const bytes = readFileSync(out);
    assert.equal(epoch, 7);
    await exportCheckpointFile({ file, out, models });
    assert.deepEqual(readFileSync(out), bytes);
    let entries = 0;
    for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; entries++) {
      const content = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
      assert.equal(content % 64, 0);
      at = content + bytes.readUInt32LE(at + 18);
    }
    assert.equal(entries, 6);
  });

  for (const line of ['a photo of [V:4] {}.', '[V:4] {}', '[V:4] {}!', '[V:3] {} [V:1].'])
    it(`refuses what CoOp has no place for: ${line}`, async () => {
      const { file } = await stored('other', line, line.includes('V:3') ? [3, 1] : [LENGTH]);
      await assert.rejects(
        exportCheckpointFile({ file, out: path.join(folder, 'x.pth.tar'), models }),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'context.mismatch');
          assert.match(error.message, /CoOp has no place for the line/);
          return true;
        },
      );
    });
});

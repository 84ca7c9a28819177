import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type Saved, writeTorchFile } from '../../src/engine/io/torch/write-torch-file';
import { readSafetensorsHeader, readTensor } from '../../src/files/tensors/safetensors';
import type { PulledModel } from '../../src/shared/contracts/protocol';
import { filesOf, GOOD_TOKEN, type HubServer } from '../support/hub-server';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { PullingHome } from './support/pulling';

const ID = 'acme/icon-clip';
const WEIGHTS = 'open_clip_model.safetensors';
const SAMPLE = path.join(root, 'media/sample');
const MODELS = path.join(root, 'test/fixtures/golden/models');
const bytes = (name: string) => readFileSync(path.join(SAMPLE, 'icon-clip', name));
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('coop models pull', () => {
  let command: string;
  let server: HubServer;
  let home: PullingHome;
  before(() => {
    command = buildCommand();
  });
  beforeEach(async () => {
    home = await PullingHome.open(command);
    ({ server } = home);
    server.serve(ID, {
      revisions: {
        main: new Map([
          ...filesOf(path.join(SAMPLE, 'icon-clip')),
          ['README.md', Buffer.from('# icon-clip')],
          ['flax_model.msgpack', Buffer.alloc(90_000)],
          ['onnx/model.onnx', Buffer.alloc(70_000)],
        ]),
      },
    });
  });
  afterEach(() => home.close());
  const rest = () => server.requests('cdn', WEIGHTS).filter(({ range }) => range?.endsWith('-') === true);
  const unfinished = () => home.repository(ID, 'blobs', `${sha256(bytes(WEIGHTS))}.coop.incomplete`);
  const sizeReaches = async (file: string, size: number) => {
    while (server.isListening && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) < size)
      await new Promise(resolve => setTimeout(resolve, 5));
  };

  it('downloads what the model is opened with, and nothing else; scoring uses it', async () => {
    const { code, stdout, stderr } = await home.pull(ID);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /acme\/icon-clip: 9 MB downloaded in \d+ s, in .*snapshots/);
    assert.match(stdout, /Use it as “@model acme\/icon-clip”/);
    const commit = server.commit(ID);
    const snapshot = home.repository(ID, 'snapshots', commit);
    assert.deepEqual(readdirSync(snapshot).sort(), [
      'open_clip_config.json',
      WEIGHTS,
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    assert.equal(readFileSync(home.repository(ID, 'refs', 'main'), 'utf8'), commit);
    const hash = sha256(bytes(WEIGHTS));
    assert.equal(readlinkSync(path.join(snapshot, WEIGHTS)), `../../blobs/${hash}`);
    assert.equal(home.blobs(ID).length, 4);
    for (const name of readdirSync(snapshot))
      assert.deepEqual(readFileSync(path.join(snapshot, name)), bytes(name), name);
    for (const name of ['README', 'flax', 'onnx/model'])
      assert.deepEqual(server.requests('hub', name), [], name);

    symlinkSync(path.join(SAMPLE, 'images'), path.join(home.folder, 'images'));
    writeFileSync(
      path.join(home.folder, 'a.prompts'),
      `@images ./images/groups\n@model ${ID}\n\na photo of a {}.\na flat emoji of a {}.\n`,
    );
    const scored = await home.start(['score', 'a.prompts', '--device', 'cpu']).ended;
    assert.equal(scored.code, 0, scored.stderr);
    assert.match(scored.stdout, /a flat emoji of a \{\}\..* %/);
  });

  it('downloads nothing a second time, and only what changed of a newer commit', async () => {
    await home.pull(ID);
    const before = server.requests('cdn').length;
    const weights = server.requests('cdn', WEIGHTS).length;
    const again = await home.pull(ID);
    assert.equal(again.code, 0);
    assert.match(again.stdout, /acme\/icon-clip is here: /);
    assert.equal(server.requests('cdn').length, before);

    const files = filesOf(path.join(SAMPLE, 'icon-clip'));
    files.set('tokenizer_config.json', Buffer.from('{"added": 1}'));
    server.serve(ID, { revisions: { main: files } });
    const newer = await home.pull(ID);
    assert.equal(newer.code, 0, newer.stderr);
    assert.equal(server.requests('cdn', WEIGHTS).length, weights);
    assert.equal(readFileSync(home.repository(ID, 'refs', 'main'), 'utf8'), server.commit(ID));
  });

  it('tells what it did as JSON, and what it is doing on the error output', async () => {
    server.hold(3_000_000);
    const { ended } = home.start(['models', 'pull', ID, '--json']);
    await server.isHeld();
    server.release();
    const { code, stdout } = await ended;
    assert.equal(code, 0);
    const pulled = JSON.parse(stdout) as PulledModel;
    const total = [...filesOf(path.join(SAMPLE, 'icon-clip')).values()].reduce(
      (sum, { length }) => sum + length,
      0,
    );
    assert.deepEqual([pulled.id, pulled.bytes, pulled.downloaded], [ID, total, total]);
    assert.deepEqual([pulled.weights, pulled.weightsFrom], [WEIGHTS, null]);
    assert.equal(pulled.folder, home.repository(ID, 'snapshots', server.commit(ID)));
  });

  it('goes on where connections broke', async () => {
    server.dropAfter = 1_500_000;
    const { code, stderr } = await home.pull(ID);
    assert.equal(code, 0, stderr);
    const starts = rest().map(({ range }) => Number(/\d+/.exec(range!)![0]));
    assert.ok(starts.length >= 5, String(starts));
    assert.ok(
      starts.every((start, at) => start > 0 && (at === 0 || start > starts[at - 1]!)),
      String(starts),
    );
    assert.deepEqual(readFileSync(home.repository(ID, 'blobs', sha256(bytes(WEIGHTS)))), bytes(WEIGHTS));
  });

  it('begins again where a host gives no part of a file', async () => {
    server.hold(2_000_000);
    const stopped = home.start(['models', 'pull', ID]);
    await server.isHeld();
    await sizeReaches(unfinished(), 2_000_000);
    stopped.child.kill('SIGINT');
    await stopped.ended;
    server.release();
    server.ignoresRanges = true;
    const { code, stderr } = await home.pull(ID);
    assert.equal(code, 0, stderr);
    assert.equal(rest().length, 1);
    assert.deepEqual(readFileSync(home.repository(ID, 'blobs', sha256(bytes(WEIGHTS)))), bytes(WEIGHTS));
  });

  it('keeps what is here when it is cancelled or killed, and goes on from there', async () => {
    for (const [signal, held] of [
      ['SIGINT', 2_000_000],
      ['SIGKILL', 4_000_000],
    ] as const) {
      server.hold(held);
      const { child, ended } = home.start(['models', 'pull', ID]);
      await server.isHeld();
      // What the server gave away may still be the system's; what the process was given is in the file at once.
      await sizeReaches(unfinished(), held);
      child.kill(signal);
      const { code } = await ended;
      assert.equal(code, signal === 'SIGINT' ? 130 : null);
      server.release();
      assert.ok(!existsSync(home.repository(ID, 'refs', 'main')));
      const listed = await home.start(['score', 'none.prompts']).ended;
      assert.notEqual(listed.code, 0);
    }
    const { code, stdout, stderr } = await home.pull(ID);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /MB downloaded in \d+ s, of 9 MB/);
    assert.deepEqual(
      rest().map(({ range }) => range),
      ['bytes=2000000-', 'bytes=4000000-'],
    );
  });

  it('leaves what Python’s huggingface_hub has begun to it', async () => {
    const begun = home.repository(ID, 'blobs', `${sha256(bytes(WEIGHTS))}.incomplete`);
    mkdirSync(path.dirname(begun), { recursive: true });
    writeFileSync(begun, 'python');
    const { code, stderr } = await home.pull(ID);
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(begun, 'utf8'), 'python');
    assert.deepEqual(rest(), []);
  });

  it('takes no file with another hash', async () => {
    server.corrupts = WEIGHTS;
    const { code, stderr } = await home.pull(ID);
    assert.equal(code, 3);
    assert.match(
      stderr,
      /open_clip_model\.safetensors of “acme\/icon-clip”.* is not the file that the hub describes/,
    );
    assert.equal(server.requests('cdn', WEIGHTS).filter(({ range }) => range === undefined).length, 2);
    assert.ok(!home.blobs(ID).some(name => name.startsWith(sha256(bytes(WEIGHTS)))));
    assert.ok(!existsSync(home.repository(ID, 'refs', 'main')));
    server.corrupts = '';
    assert.equal((await home.pull(ID)).code, 0);
  });

  it('two at once download one model once', async () => {
    server.hold(2_000_000);
    const one = home.start(['models', 'pull', ID, '--json']);
    await server.isHeld();
    const two = home.start(['models', 'pull', ID, '--json']);
    // It has its list, and waits for the lock.
    while (server.isListening && server.requests('hub', '/tree/').length < 4)
      await new Promise(resolve => setTimeout(resolve, 20));
    server.release();
    const ended = await Promise.all([one.ended, two.ended]);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0],
      ended.map(({ stderr }) => stderr).join('\n'),
    );
    const downloaded = ended.map(({ stdout }) => (JSON.parse(stdout) as PulledModel).downloaded);
    assert.deepEqual([downloaded[0]! > 8_000_000, downloaded[1]], [true, 0]);
    assert.equal(server.requests('cdn', WEIGHTS).filter(({ range }) => range === undefined).length, 1);
  });

  it('where there are no links, snapshots hold the files themselves', async () => {
    const environment = { HF_HUB_DISABLE_SYMLINKS: '1' };
    const first = await home.pull(ID, environment);
    assert.equal(first.code, 0, first.stderr);
    const file = home.repository(ID, 'snapshots', server.commit(ID), WEIGHTS);
    assert.ok(lstatSync(file).isFile());
    assert.deepEqual(home.blobs(ID), []);
    const before = server.requests('cdn').length;
    assert.match((await home.pull(ID, environment)).stdout, /is here/);
    assert.equal(server.requests('cdn').length, before);
  });

  it('transformers’ folders, parts and all, ONNX towers, and those of sentence-transformers', async () => {
    server.serveFolder('acme/parts', path.join(MODELS, 'hf-sharded'));
    const parts = await home.pull('acme/parts');
    assert.equal(parts.code, 0, parts.stderr);
    assert.match(parts.stdout, /acme\/parts: 2 MB/);
    server.serveFolder('acme/towers', path.join(root, 'test/fixtures/golden/onnx/clip'));
    const towers = await home.pull('acme/towers');
    assert.equal(towers.code, 0, towers.stderr);
    const exported = path.join(
      home.repository('acme/towers', 'snapshots', server.commit('acme/towers')),
      'onnx',
    );
    assert.deepEqual(readdirSync(exported).sort(), ['text_model.onnx', 'vision_model.onnx']);
    const inFolder = new Map(
      [...filesOf(path.join(MODELS, 'hf-vit-gelu'))].map(([name, content]) => [
        `0_CLIPModel/${name}`,
        content,
      ]),
    );
    inFolder.set('modules.json', Buffer.from('[]'));
    server.serve('acme/sentences', { revisions: { main: inFolder } });
    const sentences = await home.pull('acme/sentences');
    assert.equal(sentences.code, 0, sentences.stderr);
  });

  it('families that are built in also where they are published as PyTorch’s files alone', async () => {
    for (const [name, folder] of [
      ['biomed', path.join(MODELS, 'openclip-biomed')],
      ['siglip', path.join(root, 'test/fixtures/golden/siglip/open-clip')],
    ] as const) {
      const weights = path.join(folder, 'open_clip_model.safetensors');
      const tensors = new Map<string, Saved>();
      for (const [tensor, info] of (await readSafetensorsHeader(weights)).tensors)
        tensors.set(tensor, { shape: info.shape, values: await readTensor(weights, info) });
      const files = filesOf(folder);
      files.delete('open_clip_model.safetensors');
      files.set('open_clip_pytorch_model.bin', Buffer.from(writeTorchFile(tensors)));
      server.serve(`acme/${name}`, { revisions: { main: files } });
      const { code, stderr } = await home.pull(`acme/${name}`);
      assert.equal(code, 0, stderr);
    }
  });

  it('takes the safetensors that the hub’s own converter proposes, and nobody else’s', async () => {
    const main = filesOf(path.join(MODELS, 'hf-vit-gelu'));
    const safe = new Map([['model.safetensors', main.get('model.safetensors')!]]);
    main.delete('model.safetensors');
    main.set('pytorch_model.bin', Buffer.alloc(60_000, 1));
    const proposal = (num: number, name: string) => ({
      num,
      title: 'Adding `safetensors` variant of this model',
      status: 'open',
      isPullRequest: true,
      author: { name },
    });
    server.serve('acme/clip-pickled', {
      revisions: {
        main,
        'refs/pr/7': new Map([['model.safetensors', Buffer.alloc(60_000)]]),
        'refs/pr/5': safe,
      },
      discussions: [proposal(7, 'mallory'), proposal(5, 'SFconvertbot')],
    });
    const { code, stdout, stderr } = await home.pull('acme/clip-pickled');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /safetensors of the hub’s converter \(refs\/pr\/5\)/);
    const reference = home.repository('acme/clip-pickled', 'refs', 'refs', 'pr', '5');
    assert.equal(readFileSync(reference, 'utf8'), server.commit('acme/clip-pickled', 'refs/pr/5'));
    assert.equal(server.requests('hub', 'pytorch_model.bin').length, 0);
    const { stdout: listed } = await home.start(['models']).ended;
    assert.match(listed, /acme\/clip-pickled +.*48 × \d/);
  });

  it('sends a token to the hub alone, and writes it nowhere', async () => {
    server.serve(ID, { revisions: { main: filesOf(path.join(SAMPLE, 'icon-clip')) }, gated: true });
    const { code, stdout, stderr } = await home.pull(ID, { HF_TOKEN: GOOD_TOKEN });
    assert.equal(code, 0, stderr);
    assert.ok(server.requests('hub').every(({ authorization }) => authorization === `Bearer ${GOOD_TOKEN}`));
    assert.ok(server.requests('cdn').length > 0);
    assert.ok(server.requests('cdn').every(({ authorization }) => authorization === undefined));
    assert.ok(!`${stdout}${stderr}`.includes(GOOD_TOKEN));
    for (const [name, content] of filesOf(home.folder)) assert.ok(!content.includes(GOOD_TOKEN), name);
  });
});

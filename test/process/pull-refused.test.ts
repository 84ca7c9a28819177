import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { filesOf, GOOD_TOKEN, type HubServer, OTHER_TOKEN } from '../support/hub-server';
import { listen } from '../support/listen';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { PullingHome } from './support/pulling';

const ID = 'acme/icon-clip';
const ICONS = path.join(root, 'media/sample/icon-clip');
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('coop models pull, where it cannot', () => {
  let command: string;
  let server: HubServer;
  let home: PullingHome;
  before(() => {
    command = buildCommand();
  });
  beforeEach(async () => {
    home = await PullingHome.open(command);
    ({ server } = home);
    server.serveFolder(ID, ICONS);
  });
  afterEach(() => home.close());
  const refused = async (
    id: string,
    expected: { readonly code: number; readonly says: RegExp; readonly next: RegExp },
    environment: Readonly<Record<string, string>> = {},
  ) => {
    const { code, stdout, stderr } = await home.pull(id, environment);
    assert.match(stderr, expected.says);
    assert.match(stderr, expected.next);
    assert.deepEqual([code, stdout], [expected.code, '']);
  };

  it('a model that does not exist, or is private', async () => {
    await refused('acme/none', {
      code: 3,
      says: /127\.0\.0\.1:\d+ has no model “acme\/none”, or it is a private one/,
      next: /Check its name\. If it is private, give a token/,
    });
    await refused(
      'acme/none',
      {
        code: 3,
        says: /has no model “acme\/none” that the token gives access to/,
        next: /the token may read it/,
      },
      { HF_TOKEN: GOOD_TOKEN },
    );
  });

  it('a gated model: where to accept its conditions, and how to give a token', async () => {
    server.serve(ID, { revisions: { main: filesOf(ICONS) }, gated: true });
    await refused(ID, {
      code: 3,
      says: /“acme\/icon-clip” is gated: its owner gives it to those who accept its conditions/,
      next: /Accept them at http:\/\/127\.0\.0\.1:\d+\/acme\/icon-clip, then give a token .*HF_TOKEN/,
    });
    const login = path.join(home.folder, 'login');
    writeFileSync(login, `${OTHER_TOKEN}\n`);
    await refused(
      ID,
      {
        code: 3,
        says: /the account of the token \(from .*login\) has no access to it yet/,
        next: /Ask for access at/,
      },
      { HF_TOKEN_PATH: login },
    );
    writeFileSync(login, `${GOOD_TOKEN}\n`);
    const stored = await home.pull(ID, { HF_TOKEN_PATH: login });
    assert.equal(stored.code, 0, stored.stderr);
  });

  it('a token that the hub does not accept, without showing it; none where it is not to be sent', async () => {
    const { code, stderr } = await home.pull(ID, { HF_TOKEN: 'hf_secret_of_mine' });
    assert.equal(code, 3);
    assert.match(stderr, /does not accept the token from HF_TOKEN/);
    assert.ok(!stderr.includes('hf_secret'));
    const without = await home.pull(ID, {
      HF_TOKEN: 'hf_secret_of_mine',
      HF_HUB_DISABLE_IMPLICIT_TOKEN: '1',
    });
    assert.equal(without.code, 0, without.stderr);
  });

  it('too many requests: waits as long as asked, or says how long', async () => {
    server.first.push({ status: 429, headers: { 'retry-after': '1' } }, { status: 503 });
    const waited = await home.pull(ID);
    assert.equal(waited.code, 0, waited.stderr);
    server.first.push({ status: 429, headers: { 'retry-after': '3600' } });
    await refused(ID, {
      code: 1,
      says: /too many requests from here and asks to wait 1 h/,
      next: /Try again then/,
    });
  });

  it('no network, nothing but a log-in page, or HF_HUB_OFFLINE', async () => {
    const closed = net.createServer();
    const port = await listen(closed);
    await new Promise(resolve => closed.close(resolve));
    await refused(
      ID,
      {
        code: 1,
        says: /127\.0\.0\.1:\d+ cannot be reached for “acme\/icon-clip”: nobody listens there/,
        next: /proxy/,
      },
      { HF_ENDPOINT: `http://127.0.0.1:${port}` },
    );
    // Networks let the hub through and not where it keeps its files.
    server.first.push({ status: 302, headers: { location: `http://127.0.0.1:${port}/blob` } });
    await refused(ID, {
      code: 1,
      says: new RegExp(`127\\.0\\.0\\.1:${port} cannot be reached`),
      next: /proxy/,
    });
    const portal = http.createServer((_, response) => response.end('<html>Welcome'));
    const at = `http://127.0.0.1:${await listen(portal)}`;
    await refused(
      ID,
      { code: 1, says: /answered something that is not the hub’s/, next: /log in first/ },
      { HF_ENDPOINT: at },
    );
    portal.closeAllConnections();
    portal.close();
    const offline = { HF_HUB_OFFLINE: '1' };
    await refused(ID, { code: 1, says: /HF_HUB_OFFLINE says that nothing shall/, next: /Unset/ }, offline);
    assert.equal((await home.pull(ID)).code, 0);
    const before = server.asked.length;
    const here = await home.pull(ID, offline);
    assert.match(here.stdout, /is here/);
    assert.equal(server.asked.length, before);
  });

  it('an address with a user’s name and password, of the hub or of a redirect, and repeats neither', async () => {
    const withUser = (address: string) => address.replace('://', '://mallory:swordfish@');
    const endpoint = async (HF_ENDPOINT: string, says: RegExp) => {
      const { code, stderr } = await home.pull(ID, { HF_ENDPOINT });
      assert.match(stderr, says);
      assert.equal(code, 2);
      assert.doesNotMatch(stderr, /mallory|swordfish/);
    };
    await endpoint(withUser(server.endpoint), /HF_ENDPOINT has a user name or password in it/);
    await endpoint(withUser('ftp://hub.example'), /no address of a hub/);
    await endpoint('mallory:swordfish@hub.example', /no address of a hub/);
    assert.deepEqual(server.asked, []);
    server.first.push({ status: 302, headers: { location: withUser(server.endpoint) } });
    const { code, stderr } = await home.pull(ID);
    assert.equal(code, 1);
    assert.match(stderr, /127\.0\.0\.1:\d+ redirects to a place that is not followed/);
    assert.doesNotMatch(stderr, /mallory|swordfish/);
  });

  it('through the proxy of the environment, and past it for hosts of NO_PROXY', async () => {
    const through: string[] = [];
    const proxy = http.createServer().on('connect', (request, socket: net.Socket) => {
      through.push(request.url!);
      const [host, port] = request.url!.split(':');
      const target = net.connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      for (const each of [target, socket]) each.on('error', () => each.destroy());
    });
    const at = `127.0.0.1:${await listen(proxy)}`;
    const proxied = await home.pull(ID, { HTTP_PROXY: at, NO_PROXY: 'localhost' });
    assert.equal(proxied.code, 0, proxied.stderr);
    assert.deepEqual([...new Set(through)], [new URL(server.endpoint).host]);
    proxy.closeAllConnections();
    proxy.close();
  });

  it('models of other kinds, before their weights are downloaded', async () => {
    const weights = filesOf(path.join(root, 'test/fixtures/golden/models/hf-vit-gelu')).get(
      'model.safetensors',
    )!;
    const bert = { model_type: 'bert', architectures: ['BertModel'] };
    const large = Buffer.alloc(3_000_000);
    const header = json({ 'bert.pooler.weight': { dtype: 'F32', shape: [10], data_offsets: [0, 40] } });
    large.writeBigUInt64LE(BigInt(header.length));
    header.copy(large, 8);
    const whole = large.subarray(0, 8 + header.length + 40);
    const cases: readonly (readonly [string, Record<string, Buffer>, RegExp])[] = [
      [
        'acme/bert',
        { 'config.json': json(bert), 'model.safetensors': Buffer.concat([whole]) },
        /"BertModel"/,
      ],
      ['acme/bert-bin', { 'config.json': json(bert), 'pytorch_model.bin': large }, /model_type is "bert"/],
      [
        'acme/torn',
        { 'config.json': json({ model_type: 'clip' }), 'model.safetensors': Buffer.alloc(60_000) },
        /“acme\/torn” is not downloaded: model\.safetensors is not a valid safetensors file/,
      ],
      [
        'acme/siglip',
        { 'config.json': json({ model_type: 'siglip9' }), 'model.safetensors': weights },
        /is not downloaded: config\.json: .*siglip9/,
      ],
      [
        'acme/coca',
        {
          'open_clip_config.json': json({
            model_cfg: { embed_dim: 64, vision_cfg: {}, text_cfg: {}, multimodal_cfg: { layers: 2 } },
          }),
          'open_clip_pytorch_model.bin': large,
        },
        /it has a text decoder \(CoCa\)/,
      ],
      [
        'acme/lora',
        { 'adapter_config.json': json({}), 'adapter_model.safetensors': weights },
        /an adapter \(LoRA\)/,
      ],
      [
        'acme/flax',
        { 'config.json': json({}), 'flax_model.msgpack': large },
        /weights of Flax or TensorFlow only/,
      ],
      [
        'acme/clap',
        {
          'config.json': json({ model_type: 'clap', projection_dim: 512 }),
          'preprocessor_config.json': json({ crop_size: 224, size: 224 }),
          'onnx/text_model.onnx': large,
          'onnx/vision_model.onnx': large,
        },
        /is not downloaded: config\.json: .*how many tokens the text tower reads/,
      ],
      [
        'acme/wordless',
        {
          'config.json': json({ model_type: 'clip', projection_dim: 512 }),
          'preprocessor_config.json': json({ crop_size: 224, size: 224 }),
          'tokenizer.json': json({ model: { type: 'WordLevel' } }),
          'onnx/text_model.onnx': large,
          'onnx/vision_model.onnx': large,
        },
        /is not downloaded: .*tokenizer/,
      ],
      [
        'acme/alone',
        { 'ViT-B-16.pt': large },
        /is not downloaded: ViT-B-16\.pt: no configuration .* its path can stand after @model/,
      ],
      ['acme/many', { 'a.pt': large, 'b.pt': large }, /holds 2 weights files \(a\.pt, b\.pt\)/],
      ['acme/notes', { 'README.md': json('no') }, /holds no weights/],
    ];
    for (const [id, files, says] of cases) {
      server.serve(id, { revisions: { main: new Map(Object.entries(files)) } });
      await refused(id, { code: 3, says, next: /Choose|Merge|Download/ });
      assert.ok(
        server.requests('cdn', `${id}/`).every(({ range }) => range !== undefined),
        id,
      );
      assert.ok(!existsSync(home.repository(id)), id);
    }
  });

  it('a model of another kind, of which nothing is left but what was there before', async () => {
    const decoder = {
      model_cfg: { embed_dim: 64, vision_cfg: {}, text_cfg: {}, multimodal_cfg: { layers: 2 } },
    };
    const coca = filesOf(ICONS);
    coca.delete('open_clip_model.safetensors');
    coca.set('open_clip_config.json', json(decoder));
    coca.set('open_clip_pytorch_model.bin', Buffer.alloc(60_000));
    const here = () =>
      readdirSync(home.repository(ID), { recursive: true, encoding: 'utf8' })
        .sort()
        .map(name => {
          const place = home.repository(ID, name);
          const facts = lstatSync(place);
          return [name, facts.isSymbolicLink() ? readlinkSync(place) : facts.isFile() && readFileSync(place)];
        });
    for (const environment of [{}, { HF_HUB_DISABLE_SYMLINKS: '1' }]) {
      server.serveFolder(ID, ICONS);
      assert.equal((await home.pull(ID, environment)).code, 0);
      const before = here();
      server.serve(ID, { revisions: { main: coca } });
      await refused(ID, { code: 3, says: /a text decoder \(CoCa\)/, next: /Choose/ }, environment);
      assert.deepEqual(here(), before);
      assert.equal((await home.pull(ID, { ...environment, HF_HUB_OFFLINE: '1' })).code, 0);
      rmSync(home.repository(ID), { recursive: true });
    }
    const config = json(decoder);
    const hash = createHash('sha1').update(`blob ${config.length}\0`).update(config).digest('hex');
    for (const [name, content] of [
      [hash, config],
      [`${hash}.coop.incomplete`, config.subarray(0, 10)],
    ] as const) {
      mkdirSync(home.repository(ID, 'blobs'), { recursive: true });
      writeFileSync(home.repository(ID, 'blobs', name), content);
      await refused(ID, { code: 3, says: /a text decoder \(CoCa\)/, next: /Choose/ });
      assert.deepEqual(
        here().map(([place]) => place),
        ['blobs', `blobs/${hash}`],
      );
      rmSync(home.repository(ID), { recursive: true });
    }
  });

  it('an adapter (LoRA): its base model is the next step, where its configuration names one', async () => {
    const clip = filesOf(path.join(root, 'test/fixtures/golden/models/hf-vit-gelu'));
    const adapter = (base: unknown) =>
      new Map([
        ['adapter_config.json', json({ peft_type: 'LORA', base_model_name_or_path: base })],
        ['adapter_model.safetensors', clip.get('model.safetensors')!],
      ]);
    const base = 'openai/clip-vit-base-patch32';
    const cases: readonly (readonly [string, Map<string, Buffer>, RegExp, RegExp])[] = [
      [
        'named',
        adapter(base),
        /acme\/named: it is an adapter \(LoRA\) of "openai\/clip-vit-base-patch32", not a model/,
        /Use its base model, “openai\/clip-vit-base-patch32”, or merge the adapter into it \(peft: /,
      ],
      // Transformers loads the adapter over what it names, not the weights beside it.
      [
        'beside',
        new Map([...clip, ...adapter(base)]),
        /an adapter \(LoRA\) of "openai\/clip-vit-base-patch32"/,
        /Use its base model, .*; the weights beside it are used once you have downloaded them yourself/,
      ],
      [
        'elsewhere',
        adapter('/home/me/clip'),
        /\(LoRA\) of "\/home\/me\/clip"/,
        /Merge it into its base model/,
      ],
      ['endless', adapter('a'.repeat(3000)), /\(LoRA\) of "a{100}", not/, /Merge it into its base model/],
      ['lines', adapter('a/b\n\u001b[31m'), /\(LoRA\) of "a\/b\\n\\u001b\[31m", not/, /Merge it into/],
      ['none', adapter(null), /it is an adapter \(LoRA\), not a model/, /Merge it into its base model/],
    ];
    for (const [name, files, says, next] of cases) {
      server.serve(`acme/${name}`, { revisions: { main: files } });
      await refused(`acme/${name}`, { code: 3, says, next });
    }
    server.serve('acme/gated', { revisions: { main: adapter(base) }, gated: true });
    await refused('acme/gated', {
      code: 3,
      says: /it is an adapter \(LoRA\), not a model/,
      next: /Merge it/,
    });
    assert.deepEqual(server.requests('cdn'), []);
  });

  it('names that are none, and lists that mean harm', async () => {
    for (const id of ['clip', '../x', 'a/..', 'a/b/c', 'https://huggingface.co/a/b'])
      await refused(id, { code: 2, says: /is no name of a model on the hub/, next: /owner\/name/ });
    const files = filesOf(ICONS);
    files.set('../../../../evil.json', json({}));
    files.set('..', json({}));
    server.serve('acme/evil', { revisions: { main: files } });
    assert.equal((await home.pull('acme/evil')).code, 0);
    assert.ok(!readdirSync(home.folder).includes('evil.json'));
  });

  describe('a small disk', () => {
    let disk: string;
    let isMounted = false;
    before(function () {
      disk = mkdtempSync(path.join(os.tmpdir(), 'coop-disk-'));
      const mount = ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk];
      isMounted = process.platform === 'linux' && spawnSync('mount', mount).status === 0;
      // Needs root on Linux to mount a small file system.
      if (!isMounted) this.skip();
    });
    after(() => {
      if (isMounted) execFileSync('umount', [disk]);
      rmSync(disk, { recursive: true, force: true });
    });

    it('is told before the download, and when it fills meanwhile; with space again, it goes on', async () => {
      const cache = path.join(disk, 'hub');
      mkdirSync(cache);
      const filler = path.join(disk, 'filler');
      const fill = (left: number) => {
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(filler, new Uint8Array(bavail * bsize - left));
      };
      fill(4_000_000);
      const before = server.requests('cdn', 'open_clip_model').length;
      await refused(
        ID,
        {
          code: 1,
          says: /“acme\/icon-clip” needs 9 MB more, and .*hub has room for \d MB/,
          next: /HF_HUB_CACHE/,
        },
        { HF_HUB_CACHE: cache },
      );
      // What it begins with was looked at.
      assert.equal(server.requests('cdn', 'open_clip_model').length, before + 1);
      rmSync(filler);

      server.hold(4_000_000);
      const { ended } = home.start(['models', 'pull', ID], { HF_HUB_CACHE: cache });
      await server.isHeld();
      // The download takes space meanwhile: all that is left is taken, whatever it is.
      assert.throws(() => fill(-4_000_000), { code: 'ENOSPC' });
      server.release();
      const full = await ended;
      assert.equal(full.code, 1);
      assert.match(full.stderr, /incomplete cannot be written: the disk is full/);
      rmSync(filler);
      const again = await home.pull(ID, { HF_HUB_CACHE: cache });
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stdout, /of 9 MB/);
    });
  });
});

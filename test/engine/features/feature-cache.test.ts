import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { type FeatureCacheOptions, openFeatureCache } from '../../../src/engine/features/feature-cache';
import { cacheFolder } from '../../../src/files/disk/cache-folder';

const WIDTH = 64;
const KEY = { modelHash: 'm', preprocessing: 'p', view: 'test' };
const RECORD = 32 + 4 * WIDTH + 4;
const hashOf = (n: number): string => createHash('sha256').update(`${n}`).digest('hex');
const valuesOf = (n: number): Float32Array => Float32Array.from({ length: WIDTH }, (_, at) => n + at / WIDTH);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

describe('feature cache', () => {
  let root = '';
  const open = (options: FeatureCacheOptions = {}) => openFeatureCache(KEY, WIDTH, { root, ...options });
  const files = (): string[] =>
    readdirSync(root)
      .flatMap(folder => readdirSync(path.join(root, folder)).map(name => path.join(root, folder, name)))
      .filter(file => file.endsWith('.features'))
      .sort();
  const fillOf = async (modelHash: string, options: FeatureCacheOptions = {}) => {
    const cache = await openFeatureCache({ ...KEY, modelHash }, WIDTH, { root, ...options });
    for (const n of range(0, 10)) cache.put(hashOf(n), valuesOf(n));
    return cache;
  };
  const fill = async (from: number, to: number) => {
    const cache = await open();
    for (const n of range(from, to)) cache.put(hashOf(n), valuesOf(n));
    await cache.close();
  };
  /** The numbers whose features are there; those that are must be right. */
  const present = async (to: number): Promise<number[]> => {
    const cache = await open();
    const found = range(0, to).filter(n => {
      const values = cache.get(hashOf(n));
      if (values !== undefined) assert.deepEqual(values, valuesOf(n));
      return values !== undefined;
    });
    await cache.close();
    return found;
  };
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'coop-features-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('gives back what was put, before and after writing, and to the next who opens it', async () => {
    const cache = await open();
    assert.equal(cache.get(hashOf(1)), undefined);
    const values = valuesOf(1);
    cache.put(hashOf(1), values);
    values.fill(0);
    assert.deepEqual(cache.get(hashOf(1)), valuesOf(1), 'put takes a copy');
    cache.get(hashOf(1))!.fill(0);
    assert.deepEqual(cache.get(hashOf(1)), valuesOf(1), 'get gives a copy');
    await cache.flush();
    assert.deepEqual(cache.get(hashOf(1)), valuesOf(1));
    cache.put(hashOf(2), valuesOf(2));
    cache.put(hashOf(2), valuesOf(3));
    assert.equal(cache.size, 2);
    await cache.close();
    assert.equal(files().length, 1);
    assert.equal(statSync(files()[0]!).size, 2 * RECORD);
    const again = await open();
    assert.deepEqual(again.get(hashOf(1)), valuesOf(1));
    assert.deepEqual(again.get(hashOf(2)), valuesOf(3), 'the last put before writing counts');
    assert.throws(() => cache.put('nonsense', valuesOf(1)), RangeError);
    assert.throws(() => cache.put(hashOf(5), new Float32Array(3)), RangeError);
  });

  it('keeps models, preprocessings, views and widths apart', async () => {
    await fill(0, 1);
    for (const other of [
      { ...KEY, modelHash: 'n' },
      { ...KEY, preprocessing: 'q' },
      { ...KEY, view: 'flip' },
      { modelHash: 'mp', preprocessing: '', view: 'test' },
    ])
      assert.equal((await openFeatureCache(other, WIDTH, { root })).size, 0);
    assert.equal((await openFeatureCache(KEY, WIDTH + 1, { root })).size, 0);
    assert.deepEqual(await present(1), [0]);
  });

  it('loses the torn end of a file only, wherever it is cut', async () => {
    await fill(0, 5);
    const [file] = files();
    const whole = readFileSync(file!);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length }), async length => {
        writeFileSync(file!, whole);
        truncateSync(file!, length);
        assert.deepEqual(await present(5), range(0, Math.floor(length / RECORD)));
        await fill(0, 5);
        assert.deepEqual(await present(5), range(0, 5));
        for (const other of files()) if (other !== file) rmSync(other);
      }),
      { numRuns: 20 },
    );
  });

  it('ignores damage anywhere in a file and writes it anew', async () => {
    await fill(0, 5);
    const [file] = files();
    const whole = readFileSync(file!);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          for (const other of files()) rmSync(other);
          const bytes = Buffer.from(whole);
          bytes[at]! ^= flip;
          writeFileSync(file!, bytes);
          const cache = await open();
          const bad = Math.floor(at / RECORD);
          for (const n of range(0, 5)) {
            const values = cache.get(hashOf(n));
            assert.deepEqual(values, n === bad ? undefined : valuesOf(n));
          }
          cache.put(hashOf(bad), valuesOf(bad));
          await cache.close();
          assert.deepEqual((await present(5)).sort(), range(0, 5));
          // A damaged hash is some other image's, never asked for; damaged values are found out and removed.
          if (at % RECORD >= 32) assert.ok(!existsSync(file!));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('ignores what is no feature file', async () => {
    await fill(0, 3);
    const folder = path.dirname(files()[0]!);
    writeFileSync(path.join(folder, 'zeros.features'), Buffer.alloc(10 * RECORD));
    writeFileSync(path.join(folder, 'readme.txt'), 'text');
    mkdirSync(path.join(folder, 'folder.features'));
    const cache = await open();
    for (const n of range(0, 3)) assert.deepEqual(cache.get(hashOf(n)), valuesOf(n));
    assert.equal(cache.get('0'.repeat(64)), undefined);
    await cache.close();
  });

  it('joins many files once nobody writes to them', async () => {
    for (const n of range(0, 40)) await fill(n, n + 2);
    assert.equal(files().length, 40, 'files of a moment ago may still be written to');
    const old = new Date(Date.now() - 3_600_000);
    for (const file of files().slice(0, 38)) utimesSync(file, old, old);
    const cache = await open();
    cache.put(hashOf(100), valuesOf(100));
    await cache.flush();
    assert.equal(files().length, 4);
    for (const n of range(0, 41)) assert.deepEqual(cache.get(hashOf(n)), valuesOf(n));
    await cache.close();
    assert.deepEqual(await present(101), [...range(0, 41), 100]);
    assert.equal(
      files().reduce((sum, file) => sum + statSync(file).size, 0),
      42 * RECORD,
    );
  });

  it('removes the least recently used models beyond its size, never the one in use', async () => {
    const folders: string[] = [];
    for (const [nth, modelHash] of ['a', 'b', 'c'].entries()) {
      const cache = await openFeatureCache({ ...KEY, modelHash }, WIDTH, { root });
      for (const n of range(0, 10)) cache.put(hashOf(n), valuesOf(n));
      await cache.close();
      const folder = readdirSync(root).find(name => !folders.includes(name))!;
      folders.push(folder);
      const used = new Date(Date.now() - (10 - nth) * 60_000);
      utimesSync(path.join(root, folder), used, used);
    }
    // Opening counts as use: `b` is now the oldest.
    await openFeatureCache({ ...KEY, modelHash: 'a' }, WIDTH, { root });
    const add = async (modelHash: string, n: number, maxBytes: number) => {
      const cache = await openFeatureCache({ ...KEY, modelHash }, WIDTH, { root, maxBytes });
      cache.put(hashOf(n), valuesOf(n));
      await cache.close();
    };
    // A mark of some 150 bytes counts, too.
    await add('c', 100, 27 * RECORD);
    assert.deepEqual(readdirSync(root).sort(), [folders[0]!, folders[2]!].sort());
    await add('c', 101, 1);
    assert.deepEqual(readdirSync(root), [folders[2]]);
  });

  it('removes nothing that it did not write', async () => {
    const old = new Date('2020-01-01');
    const put = (name: string, content: string | Buffer = 'precious') => {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), content);
    };
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'coop-elsewhere-'));
    writeFileSync(path.join(elsewhere, 'x.features'), 'precious');
    // Someone's folder, one of our names, one with another program's tag, a link to one, and a file among our own.
    put('mine/thesis.txt');
    put('mine/x.features');
    put(`${'a'.repeat(32)}/x.features`);
    put('tagged/CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55');
    put('tagged/big.features', Buffer.alloc(10_000));
    symlinkSync(elsewhere, path.join(root, 'link'));
    const theirs = readdirSync(root).sort();
    await (await fillOf('old')).close();
    const ours = readdirSync(root).find(name => !theirs.includes(name))!;
    copyFileSync(path.join(root, ours, 'CACHEDIR.TAG'), path.join(elsewhere, 'CACHEDIR.TAG'));
    put(`${ours}/notes.txt`);
    for (const name of readdirSync(root)) utimesSync(path.join(root, name), old, old);
    const cache = await fillOf('new', { maxBytes: 1 });
    await cache.close();
    assert.deepEqual(readdirSync(path.join(root, ours)).sort(), ['CACHEDIR.TAG', 'notes.txt']);
    for (const [name, content] of [
      ['mine', ['thesis.txt', 'x.features']],
      ['a'.repeat(32), ['x.features']],
      ['tagged', ['CACHEDIR.TAG', 'big.features']],
      ['link', ['CACHEDIR.TAG', 'x.features']],
    ] as const)
      assert.deepEqual(readdirSync(path.join(root, name)).sort(), content);
    rmSync(elsewhere, { recursive: true });
  });

  it('works without a place to write to, with one warning', async () => {
    const file = path.join(root, 'file');
    writeFileSync(file, '');
    const warnings: string[] = [];
    const cache = await open({
      root: path.join(file, 'features'),
      onWarning: message => warnings.push(message),
    });
    for (const n of range(0, 3)) {
      cache.put(hashOf(n), valuesOf(n));
      await cache.flush();
    }
    for (const n of range(0, 3)) assert.deepEqual(cache.get(hashOf(n)), valuesOf(n));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /cannot be kept in .*: a part of its path is a file/);
  });

  it('lies where the operating system keeps caches, or where $COOP_CACHE_DIR says', () => {
    const { COOP_CACHE_DIR, XDG_CACHE_HOME } = process.env;
    try {
      process.env['COOP_CACHE_DIR'] = 'some/where';
      assert.equal(cacheFolder(), path.resolve('some/where'));
      process.env['COOP_CACHE_DIR'] = '';
      process.env['XDG_CACHE_HOME'] = '/xdg';
      if (process.platform === 'linux') assert.equal(cacheFolder(), '/xdg/coop');
      delete process.env['XDG_CACHE_HOME'];
      if (process.platform === 'linux')
        assert.equal(cacheFolder(), path.join(os.homedir(), '.cache', 'coop'));
    } finally {
      for (const [name, value] of Object.entries({ COOP_CACHE_DIR, XDG_CACHE_HOME })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  describe('between processes', () => {
    const start = (from: number, to: number, each: number): ChildProcess =>
      spawn(
        process.execPath,
        [
          '--import',
          'tsx',
          path.join(__dirname, '../support/feature-writer.ts'),
          root,
          `${from}`,
          `${to}`,
          `${each}`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );

    it('loses nothing to writers of the same features at the same time', async () => {
      const writers = [start(0, 400, 7), start(200, 600, 3), start(100, 500, 5)];
      const ends = await Promise.all(writers.map(async writer => (await once(writer, 'exit'))[0] as number));
      assert.deepEqual(ends, [0, 0, 0]);
      assert.deepEqual(await present(700), range(0, 600));
    });

    it('has all that was flushed when a writer is killed', async () => {
      for (const wait of [3, 40]) {
        const writer = start(0, 1_000_000, 1);
        let text = '';
        writer.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.split('\n').length > wait) writer.kill('SIGKILL');
        });
        await once(writer, 'close');
        const last = Number(text.trim().split('\n').at(-1));
        assert.ok(last >= wait - 1);
        const found = await present(last + 1);
        assert.deepEqual(found.slice(0, last + 1), range(0, last + 1));
      }
    });
  });
});

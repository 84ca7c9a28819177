import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appendLines,
  removeLeftovers,
  replaceFile,
  writeFileAtomic,
} from '../../../src/files/disk/atomic-file';
import { readError, writeError } from '../../../src/files/disk/file-error';
import { CoopError } from '../../../src/shared/errors';

const systemError = (code: string): Error => Object.assign(new Error(`${code}: failed`), { code });
const isRoot = process.getuid?.() === 0;

describe('atomic files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coop-atomic-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes and replaces bytes and text, leaving nothing beside the file', async () => {
    const path = join(folder, 'state.json');
    await writeFileAtomic(path, 'größer');
    assert.equal(await readFile(path, 'utf8'), 'größer');
    await writeFileAtomic(path, new Uint8Array([1, 2, 3]));
    assert.deepEqual([...(await readFile(path))], [1, 2, 3]);
    await writeFileAtomic(path, '');
    assert.equal((await stat(path)).size, 0);
    assert.deepEqual(await readdir(folder), ['state.json']);
  });

  it('shows whole versions only to readers while writers replace the file', async () => {
    const path = join(folder, 'state');
    const version = (n: number) => String(n % 10).repeat(40_000);
    await writeFileAtomic(path, version(0));
    let writing = true;
    const reader = (async () => {
      let seen = 0;
      while (writing) {
        const text = await readFile(path, 'utf8');
        assert.equal(text, version(Number(text[0])));
        seen += 1;
      }
      return seen;
    })();
    await Promise.all(
      [1, 2, 3].map(async writer => {
        for (let n = 0; n < 15; n += 1) await writeFileAtomic(path, version(writer + n));
      }),
    );
    writing = false;
    assert.ok((await reader) > 0);
    assert.deepEqual(await readdir(folder), ['state']);
  });

  it('keeps the old file and removes the temporary one when writing fails half-way', async () => {
    const path = join(folder, 'checkpoint');
    await writeFileAtomic(path, 'old');
    await assert.rejects(
      replaceFile(path, async handle => {
        await handle.write('half of the new');
        throw systemError('ENOSPC');
      }),
      (error: unknown) =>
        error instanceof CoopError &&
        error.code === 'disk.full' &&
        error.subject === path &&
        error.message.includes(path),
    );
    assert.equal(await readFile(path, 'utf8'), 'old');
    assert.deepEqual(await readdir(folder), ['checkpoint']);
  });

  it('keeps permissions and symbolic links', async function () {
    if (process.platform === 'win32') this.skip();
    const path = join(folder, 'real');
    await writeFile(path, 'old');
    await chmod(path, 0o640);
    await symlink(path, join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    assert.ok((await lstat(join(folder, 'link'))).isSymbolicLink());
    assert.equal(await readFile(path, 'utf8'), 'new');
    assert.equal((await stat(path)).mode & 0o777, 0o640);
  });

  it('writes beside the longest file name a file system takes', async () => {
    const path = join(folder, `${'ü'.repeat(120)}.json`);
    await writeFileAtomic(path, 'x');
    assert.equal(await readFile(path, 'utf8'), 'x');
  });

  it('names the path and the cause when the place is no folder, missing, or a folder itself', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await mkdir(join(folder, 'sub'));
    const expectAccess = (path: string, cause: RegExp) =>
      assert.rejects(writeFileAtomic(path, 'x'), (error: unknown) => {
        assert.ok(error instanceof CoopError);
        assert.equal(error.code, 'file.access');
        assert.equal(error.subject, path);
        assert.match(error.message, cause);
        assert.ok(error.next);
        return true;
      });
    await expectAccess(join(file, 'x'), /not a folder/);
    await expectAccess(join(folder, 'missing', 'x'), /folder does not exist/);
    await expectAccess(join(folder, 'sub'), /folder|permit/);
    assert.deepEqual((await readdir(folder)).sort(), ['file', 'sub']);
  });

  it('refuses a read-only folder with file.access', async function () {
    if (isRoot || process.platform === 'win32') this.skip();
    await chmod(folder, 0o500);
    await assert.rejects(
      writeFileAtomic(join(folder, 'x'), 'x'),
      (error: unknown) => error instanceof CoopError && error.code === 'file.access',
    );
    await chmod(folder, 0o700);
  });

  it('keeps the old file on a disk that is really full, and on one that is read-only', async function () {
    if (!isRoot || process.platform !== 'linux') this.skip();
    const disk = join(folder, 'disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      this.skip();
    }
    try {
      const path = join(disk, 'checkpoint');
      const coded = (code: string) => (error: unknown) => error instanceof CoopError && error.code === code;
      await writeFileAtomic(path, 'old');
      await assert.rejects(writeFileAtomic(path, new Uint8Array(100_000)), coded('disk.full'));
      await assert.rejects(appendLines(path, ['x'.repeat(100_000)]), coded('disk.full'));
      await appendLines(path, ['line']);
      await assert.rejects(appendLines(path, ['x'.repeat(100_000)]), coded('disk.full'));
      assert.equal(await readFile(path, 'utf8'), 'line\n');
      assert.deepEqual(await readdir(disk), ['checkpoint']);
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      await assert.rejects(writeFileAtomic(path, 'new'), coded('file.access'));
      await assert.rejects(appendLines(path, ['new']), coded('file.access'));
      assert.equal(await readFile(path, 'utf8'), 'line\n');
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('maps system errors to codes', () => {
    assert.equal(writeError(systemError('ENOSPC'), 'p').code, 'disk.full');
    assert.equal(writeError(systemError('EDQUOT'), 'p').code, 'disk.full');
    for (const code of ['EACCES', 'EPERM', 'EROFS', 'EIO', 'EWEIRD']) {
      assert.equal(writeError(systemError(code), 'p').code, 'file.access');
      assert.equal(readError(systemError(code), 'p').code, 'file.access');
    }
    assert.match(writeError(systemError('EROFS'), '/a/b').message, /^\/a\/b cannot be written: .*read-only/);
    const known = new CoopError('cancelled', 'x');
    assert.equal(writeError(known, 'p'), known);
  });

  it('removes what killed processes left, and only what is old enough', async () => {
    const old = join(folder, '.state.json.123-0123456789ab.tmp');
    const young = join(folder, '.state.json.124-0123456789ab.tmp');
    const foreign = join(folder, '.mine.tmp');
    for (const path of [old, young, foreign]) await writeFile(path, 'x');
    await utimes(old, 1, 1);
    await utimes(foreign, 1, 1);
    assert.equal(await removeLeftovers(folder, 60_000), 1);
    assert.deepEqual((await readdir(folder)).sort(), ['.mine.tmp', '.state.json.124-0123456789ab.tmp']);
    assert.equal(await removeLeftovers(folder, -1000), 1);
    assert.equal(await removeLeftovers(join(folder, 'missing'), 0), 0);
  });

  it('removes nothing behind a link to another folder', async function () {
    if (process.platform === 'win32') this.skip();
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, '.state.json.123-0123456789ab.tmp'), 'x');
    await symlink(elsewhere, join(folder, 'cells'));
    assert.equal(await removeLeftovers(join(folder, 'cells'), -1000), 0);
    assert.equal((await readdir(elsewhere)).length, 1);
  });

  describe('appendLines', () => {
    it('appends lines, with and without flushing', async () => {
      const path = join(folder, 'events.jsonl');
      await appendLines(path, ['{"a":1}']);
      await appendLines(path, ['{"b":"ü"}'], { sync: true });
      await appendLines(path, ['{"c":3}', '{"d":4}']);
      assert.equal(await readFile(path, 'utf8'), '{"a":1}\n{"b":"ü"}\n{"c":3}\n{"d":4}\n');
      await assert.rejects(appendLines(path, ['a', 'a\nb']), RangeError);
    });

    it('cuts a torn last line, however long, before it appends', async () => {
      const path = join(folder, 'events.jsonl');
      await writeFile(path, `whole\n${'x'.repeat(10_000)}`);
      await appendLines(path, ['next']);
      assert.equal(await readFile(path, 'utf8'), 'whole\nnext\n');
      await writeFile(path, 'y'.repeat(5000));
      await appendLines(path, ['only']);
      assert.equal(await readFile(path, 'utf8'), 'only\n');
    });

    it('does not search a huge file for the beginning of its last line', async () => {
      const path = join(folder, 'events.jsonl');
      await writeFile(path, 'whole\n');
      await truncate(path, 2 ** 33);
      const isTold = (error: unknown) => error instanceof CoopError && /not end in lines/.test(error.message);
      await assert.rejects(appendLines(path, ['next']), isTold);
      assert.equal((await stat(path)).size, 2 ** 33);
    });

    it('tells a full disk from other failures', async function () {
      if (!existsSync('/dev/full')) this.skip();
      const full = await open('/dev/full', 'w');
      const thrown = await full.write('x').then(
        () => null,
        (error: unknown) => error,
      );
      await full.close();
      const { code, subject } = writeError(thrown, '/disk/events.jsonl');
      assert.deepEqual([code, subject], ['disk.full', '/disk/events.jsonl']);
    });
  });

  describe('what is no regular file', () => {
    const refused = (words: RegExp) => (error: unknown) =>
      error instanceof CoopError && error.code === 'file.access' && words.test(error.message);

    it('is neither replaced nor written to: devices, pipes, folders', async function () {
      if (process.platform === 'win32') this.skip();
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const path of ['/dev/null', pipe]) {
        await assert.rejects(writeFileAtomic(path, 'x'), refused(/pipe or a device/));
        await assert.rejects(appendLines(path, ['x']), refused(/pipe or a device/));
        assert.equal((await lstat(path)).isFile(), false);
      }
      await assert.rejects(writeFileAtomic(folder, 'x'), refused(/it is a folder/));
    });

    it('is not written through, where links are refused', async () => {
      const target = join(folder, 'target');
      const path = join(folder, 'link');
      await writeFile(target, 'precious');
      await symlink(target, path);
      await assert.rejects(writeFileAtomic(path, 'x', 'refuse'), refused(/symbolic link/));
      await assert.rejects(appendLines(path, ['x']), refused(/symbolic link/));
      await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
      await assert.rejects(appendLines(join(folder, 'dangling'), ['x']), refused(/symbolic link/));
      assert.equal(await readFile(target, 'utf8'), 'precious');
    });
  });
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ImageTree, picture } from './support/image-tree';

describe('a scan with a memory', () => {
  let tree: ImageTree;
  let folder: string;
  beforeEach(() => {
    tree = new ImageTree();
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-memory-'));
  });
  afterEach(() => {
    tree.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  const scan = () => tree.scan({ memoryFolder: folder });
  const memoryFile = () => path.join(folder, readdirSync(folder)[0]!);
  /** Files as old as a user's; times within two seconds of the clock are not trusted. */
  const age = (): void => {
    const old = new Date(Date.now() - 60_000);
    for (const name of readdirSync(tree.root, { recursive: true, encoding: 'utf8' }))
      if (statSync(tree.at(name)).isFile()) utimesSync(tree.at(name), old, old);
  };
  const settle = () => new Promise(resolve => setTimeout(resolve, 2100));

  it('reads again only what changed', async () => {
    tree.put('cat/a.jpg', picture(0));
    tree.put('cat/b.jpg', picture(1));
    tree.put('dog/c.jpg', picture(2));
    tree.put('dog/text.jpg', 'no picture');
    age();
    const fresh = await scan();
    assert.deepEqual(readdirSync(folder), [], 'files changed a moment ago are not remembered');
    await settle();
    assert.deepEqual(await scan(), fresh);
    // A lie in the memory shows which files are taken from it.
    const lie = 'f'.repeat(64);
    const lines = readFileSync(memoryFile(), 'utf8').replaceAll(/"hash":"[0-9a-f]{64}"/g, `"hash":"${lie}"`);
    writeFileSync(memoryFile(), `${lines}torn line without an e`);
    const known = await scan();
    assert.ok(known.images.every(({ hash }) => hash === lie));
    assert.deepEqual(known.problems, fresh.problems);
    // The same size and modification time, other bytes.
    const bytes = picture(0);
    bytes[bytes.length - 10]! ^= 1;
    const { atime, mtime } = statSync(tree.at('cat/a.jpg'));
    writeFileSync(tree.at('cat/a.jpg'), bytes);
    utimesSync(tree.at('cat/a.jpg'), atime, mtime);
    rmSync(tree.at('dog/c.jpg'));
    renameSync(tree.at('cat/b.jpg'), tree.at('dog/b.jpg'));
    const again = await scan();
    assert.deepEqual(
      again.images.map(({ path: file, hash }) => [file, hash]),
      [
        ['cat/a.jpg', createHash('sha256').update(bytes).digest('hex')],
        ['dog/b.jpg', fresh.images.find(image => image.path === 'cat/b.jpg')!.hash],
      ],
    );
  });

  it('works with a damaged memory and without a place for one', async () => {
    tree.put('cat/a.jpg', picture(0));
    age();
    await settle();
    const fresh = await scan();
    for (const damage of ['', 'garbage', '{"coop":"scan","version":999}\n', Buffer.from([0xff, 0xfe, 0])]) {
      writeFileSync(memoryFile(), damage);
      assert.deepEqual(await scan(), fresh);
    }
    const memoryFolder = path.join(memoryFile(), 'below-a-file');
    assert.deepEqual(await tree.scan({ memoryFolder }), fresh);
  });
});

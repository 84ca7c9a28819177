import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openInspectionMemory } from '../../../src/engine/dataset/inspection-memory';

describe('the memory of scans', () => {
  it('drops the oldest of its own files beyond a hundred, and no other', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-scans-'));
    const nameOf = (n: number) => `${createHash('sha256').update(`${n}`).digest('hex').slice(0, 32)}.jsonl`;
    const theirs = ['results.jsonl', nameOf(-1)];
    for (let n = 0; n < 120; n++) {
      const old = new Date(Date.UTC(2020, 0, 1, 0, n));
      writeFileSync(path.join(folder, nameOf(n)), '{"coop":"scan","version":0}\n');
      utimesSync(path.join(folder, nameOf(n)), old, old);
    }
    for (const name of theirs) {
      writeFileSync(path.join(folder, name), '{"precious":1}\n');
      utimesSync(path.join(folder, name), new Date(0), new Date(0));
    }
    const memory = await openInspectionMemory('/photos', folder);
    // Long unchanged, so that it is remembered.
    memory.put('a.jpg', statSync(process.execPath, { bigint: true }), {
      hash: '0'.repeat(64),
      rotated: false,
    });
    await memory.save(false);
    const left = readdirSync(folder);
    for (const name of theirs) assert.ok(left.includes(name), name);
    assert.ok(left.length <= 102 && left.length >= 100, `${left.length}`);
    assert.ok(left.includes(nameOf(119)) && !left.includes(nameOf(0)));
    rmSync(folder, { recursive: true });
  });
});

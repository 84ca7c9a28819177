import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSafetensorsHeader, readTensor } from '../../../src/files/tensors/safetensors';
import { MAX_TENSORS } from '../../../src/files/tensors/safetensors-header';
import { safetensorsHeader, writeSafetensors } from '../../../src/files/tensors/write-safetensors';

describe('safetensors', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-safetensors-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const withHeader = (text: string): string => {
    const file = path.join(folder, 'x.safetensors');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(file, Buffer.concat([length, Buffer.from(text)]));
    return file;
  };

  it('refuses too many tensors before it parses them', async () => {
    // Parsed, this would be no JSON at all; an escaped key counts like any other.
    const tensor = '"t":{"dtype":"F32","shape":[0],"data\\u005foffsets":[0,0]},';
    await assert.rejects(readSafetensorsHeader(withHeader(`{${tensor.repeat(MAX_TENSORS + 1)}`)), {
      code: 'file.limit',
      message: /lists 200001 tensors; at most 200000/,
    });
    await assert.rejects(readSafetensorsHeader(withHeader(`{"a":[${'1,'.repeat(4_000_000)}`)), {
      code: 'file.limit',
      message: /values; at most/,
    });
  });

  it('reads what it writes, whole or as a header with the tensors after it', async () => {
    const data = Float32Array.of(1.5, -2, 3);
    const whole = writeSafetensors(new Map([['a', { shape: [3], data }]]), { format: 'pt' });
    const header = safetensorsHeader([{ name: 'a', dtype: 'F32', shape: [3], bytes: 12 }], { format: 'pt' });
    const file = path.join(folder, 'written.safetensors');
    writeFileSync(file, Buffer.concat([header, Buffer.from(data.buffer)]));
    assert.deepEqual(new Uint8Array(Buffer.concat([header, Buffer.from(data.buffer)])), whole);
    const { tensors, metadata } = await readSafetensorsHeader(file);
    assert.deepEqual(metadata, { format: 'pt' });
    assert.deepEqual(await readTensor(file, tensors.get('a')!), data);
  });
});

import assert from 'node:assert/strict';
import { decodePng } from '../../../src/engine/images/decode-png';
import { encodePng } from '../../../src/engine/images/encode-png';
import { npyFile } from '../../../src/engine/io/npy';

describe('written pictures and arrays', () => {
  it('a PNG decodes to the pixels it was made of', async () => {
    const rgb = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);
    const image = await decodePng(encodePng(rgb, 5, 3), 'test');
    assert.deepEqual([image.width, image.height, image.mode], [5, 3, 'RGB']);
    assert.deepEqual(image.rgb, rgb);
  });

  it('a .npy file has the header NumPy writes, aligned to 64 bytes', () => {
    const file = npyFile(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const length = new DataView(file.buffer).getUint16(8, true);
    assert.equal((10 + length) % 64, 0);
    const header = Buffer.from(file.subarray(10, 10 + length)).toString('latin1');
    assert.match(header, /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/);
    assert.deepEqual([...new Float32Array(file.slice(10 + length).buffer)], [1, 2, 3, 4, 5, 6]);
    assert.throws(() => npyFile(new Float32Array(5), [2, 3]), RangeError);
  });
});

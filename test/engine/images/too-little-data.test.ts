import assert from 'node:assert/strict';
import { decodeImage } from '../../../src/engine/images/decode-image';

const SIDE = 14_000;

function word(value: number, bytes: number, bigEndian = false): Buffer {
  const out = Buffer.alloc(bytes);
  if (bigEndian) out.writeUIntBE(value, 0, bytes);
  else out.writeUIntLE(value, 0, bytes);
  return out;
}

/** A GIF of one frame; its data are the codes for “clear, end”. */
function gif(canvas: number, frame: number): Buffer {
  const size = (side: number) => Buffer.concat([word(side, 2), word(side, 2)]);
  return Buffer.concat([
    Buffer.from('GIF89a'),
    size(canvas),
    Buffer.from([0, 0, 0, 0x2c, 0, 0, 0, 0]),
    size(frame),
    Buffer.from([0, 2, 2, 0x2c, 0, 0, 0x3b]),
  ]);
}

function tiff(side: number): Buffer {
  const tags: readonly (readonly [tag: number, value: number])[] = [
    [256, side],
    [257, side],
    [258, 1],
    [259, 5],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, side],
    [279, 8],
  ];
  const entries = tags.map(([tag, value]) =>
    Buffer.concat([word(tag, 2), word(4, 2), word(1, 4), word(value, 4)]),
  );
  return Buffer.concat([
    Buffer.from('II*\0', 'latin1'),
    word(16, 4),
    Buffer.alloc(8),
    word(tags.length, 2),
    ...entries,
    word(0, 4),
  ]);
}

/** A lossless WebP whose pixels take no bits: one colour. */
function webp(side: number): Buffer {
  const bits = side - 1 + (side - 1) * 2 ** 14;
  const body = Buffer.concat([Buffer.from([0x2f]), word(bits, 4), Buffer.alloc(16)]);
  const chunk = Buffer.concat([
    Buffer.from('VP8L'),
    word(body.length, 4),
    body,
    Buffer.alloc(body.length & 1),
  ]);
  return Buffer.concat([Buffer.from('RIFF'), word(chunk.length + 4, 4), Buffer.from('WEBP'), chunk]);
}

describe('files that say they are far larger than their data can be', () => {
  const FILES: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['a GIF of 35 bytes', gif(1, SIDE)],
    ['a GIF with a canvas without end', gif(SIDE, 1)],
    ['a TIFF', tiff(SIDE)],
    ['a WebP of one colour', webp(SIDE)],
    ['a PGM', Buffer.from(`P5 ${SIDE} ${SIDE} 255 x`)],
    ['a PPM in text', Buffer.from(`P3 ${SIDE} ${SIDE} 255 1 2 3`)],
  ];
  for (const [name, bytes] of FILES)
    it(`${name} takes no memory for what it has not`, async () => {
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }, 1);
      try {
        await assert.rejects(decodeImage(bytes), {
          code: 'image.unreadable',
          message: /far too little data|truncated/,
        });
      } finally {
        clearInterval(watch);
      }
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      assert.ok(most < 2 ** 25, `${most} bytes`);
    });

  it('small ones are read: a frame on a larger canvas', async () => {
    const small = gif(64, 1);
    // One pixel of the first colour: clear, 0, end.
    small.set([2, 2, 0x44, 0x01], small.length - 6);
    const { width, height } = await decodeImage(small);
    assert.deepEqual([width, height], [64, 64]);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { siglipTokenizer } from '../../../../src/engine/models/tokenizer/siglip-tokenizer';
import { Unigram } from '../../../../src/engine/models/tokenizer/unigram';
import { CoopError } from '../../../../src/shared/errors';
import { SIGLIP } from '../../support/siglip-golden';

/** Opens a folder with one file of these bytes and cuts a text with it. */
async function cut(name: string, bytes: Uint8Array | string): Promise<readonly number[] | CoopError> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-pieces-'));
  try {
    writeFileSync(path.join(folder, name), bytes);
    return (await siglipTokenizer(folder, 'transformers').load()).encode('a photo of a ☃ cat, ﬁne');
  } catch (thrown) {
    // Whatever the file holds, it is told as what it is.
    assert.ok(thrown instanceof CoopError, String(thrown));
    assert.equal(thrown.code, 'tokenizer.invalid');
    return thrown;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('tokenizer files that are damaged', () => {
  const pieces = readFileSync(path.join(SIGLIP, 'siglip/spiece.model'));
  const json = readFileSync(path.join(SIGLIP, 'siglip2/tokenizer.json'), 'utf8');

  it('spiece.model: any bytes changed, or its end lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(pieces.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat(pieces.length)),
        async (changes, length) => {
          const bytes = Uint8Array.from(pieces);
          for (const [at, value] of changes) bytes[at] = value;
          const found = await cut('spiece.model', length === null ? bytes : bytes.subarray(0, length));
          assert.ok(found instanceof CoopError || found.every(Number.isSafeInteger));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('tokenizer.json: another kind of model, no end token, entries of other types', async () => {
    const changed = async (
      change: (parsed: { model: Record<string, unknown>; [key: string]: unknown }) => void,
    ) => {
      const parsed = JSON.parse(json);
      change(parsed);
      return cut('tokenizer.json', JSON.stringify(parsed));
    };
    const messages = [
      await changed(parsed => {
        parsed.model['type'] = 'WordPiece';
      }),
      await changed(parsed => {
        parsed['added_tokens'] = [];
        parsed.model['vocab'] = { a: 0 };
      }),
      await changed(parsed => {
        parsed.model['merges'] = [['a']];
      }),
      await changed(parsed => {
        parsed['added_tokens'] = Array.from({ length: 10_001 }, (_, id) => ({ id, content: `<${id}>` }));
      }),
      await changed(parsed => {
        parsed.model = { type: 'Unigram', unk_id: 0, vocab: [['a', 'much']] };
      }),
      await cut('tokenizer.json', '[]'),
    ].map(found => (found instanceof CoopError ? found.message : JSON.stringify(found)));
    assert.match(messages[0]!, /"WordPiece", not Unigram or BPE/);
    assert.match(messages[1]!, /no token <\/s> or <eos>/);
    assert.match(messages[2]!, /merge 0 is not a pair/);
    assert.match(messages[3]!, /at most 10000/);
    assert.match(messages[4]!, /entry 0 is not a piece and its score/);
    assert.match(messages[5]!, /not an object/);
  });

  it('a piece longer than any word, and more pieces than any vocabulary', async () => {
    const long = 'a'.repeat(257);
    const field = (tag: number, bytes: Buffer) => {
      const size = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
      return Buffer.concat([Buffer.from([tag, ...size]), bytes]);
    };
    const proto = Buffer.concat([pieces, field(0x0a, field(0x0a, Buffer.from(long)))]);
    const unigram = (vocab: unknown) =>
      cut(
        'tokenizer.json',
        JSON.stringify({ ...JSON.parse(json), model: { type: 'Unigram', unk_id: 0, vocab } }),
      );
    for (const found of [
      await cut('spiece.model', proto),
      await unigram([
        ['<unk>', 0],
        [long, -1],
      ]),
    ])
      assert.match(
        found instanceof CoopError ? found.message : '',
        /piece \d+ has 257 characters; at most 256/,
      );
    const many = await unigram(Array.from({ length: 1_000_001 }, () => ['a', 0]));
    assert.match(many instanceof CoopError ? many.message : '', /more than 1000000 pieces/);
  });

  it('many long pieces take memory of their own length, not of a table for each character', () => {
    const many = Array.from({ length: 4000 }, (_, id) => ({
      text: `${id}`.padStart(4, '_') + 'é😀'.repeat(80),
      score: -1,
      kind: 'normal' as const,
    }));
    const before = process.memoryUsage().heapUsed;
    const unigram = new Unigram([{ text: '<unk>', score: 0, kind: 'other' }, ...many], 0);
    assert.ok(process.memoryUsage().heapUsed - before < 50 * 2 ** 20);
    assert.deepEqual(unigram.encode(`${many[2999]!.text}x😀${many[7]!.text}`), [3000, 0, 8]);
  });
});

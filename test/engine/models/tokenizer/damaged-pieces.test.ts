import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { siglipTokenizer } from '../../../../src/engine/models/tokenizer/siglip-tokenizer';
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
});

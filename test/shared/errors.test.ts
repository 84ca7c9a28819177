import assert from 'node:assert/strict';
import { CoopError } from '../../src/shared/errors';

describe('errors', () => {
  it('keep both ends of a message in which a file’s own text is endless', () => {
    const { message } = new CoopError('file.corrupt', `pets.csv has the class “${'x'.repeat(1e6)}” twice.`);
    assert.ok(message.length <= 2000);
    assert.match(message, /^pets\.csv has the class “x+ … x+” twice\.$/);
  });
});

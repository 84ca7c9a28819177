import assert from 'node:assert/strict';
import { CoopError } from '../../../../src/shared/errors';

/** Holds an error against its code and its words, for `assert.throws`; it must have a next step. */
export const codedError = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CoopError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.ok(error.next);
  return true;
};

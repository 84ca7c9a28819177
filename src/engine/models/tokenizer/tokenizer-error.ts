import { CoopError } from '../../../shared/errors';

/** A tokenizer's file is not what its name says. */
export function invalidTokenizer(file: string, cause: string, thrown?: unknown): CoopError {
  return new CoopError('tokenizer.invalid', `${file} is no tokenizer: ${cause}.`, {
    subject: file,
    next: 'Download the model folder again.',
    ...(thrown === undefined ? {} : { cause: thrown }),
  });
}

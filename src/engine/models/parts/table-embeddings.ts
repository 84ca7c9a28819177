import { CoopError } from '../../../shared/errors';
import type { RowEmbeddings } from '../../prompt/embed-rows';
import type { ClipModel, TextTables } from './clip-model';

/**
 * The model's own tables as the source of rows.
 * @throws CoopError `tokenizer.invalid` from `token` for an id that the table does not reach: tokens were added and the
 * model was not resized
 */
export function tableEmbeddings(
  model: Pick<ClipModel, 'id'>,
  { width, tokens, positions }: TextTables,
  fixedVector: RowEmbeddings['fixedVector'],
): RowEmbeddings {
  const vocabulary = tokens.length / width;
  return {
    width,
    token: id => {
      if (id < vocabulary) return tokens.subarray(id * width, (id + 1) * width);
      throw new CoopError(
        'tokenizer.invalid',
        `The tokenizer of “${model.id}” gives the token ${id}, but the model has embeddings of ${vocabulary} tokens only.`,
        { subject: model.id, next: 'Use the tokenizer that was saved with these weights.' },
      );
    },
    positional: position => positions.subarray(position * width, (position + 1) * width),
    fixedVector,
  };
}

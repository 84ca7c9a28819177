import { existsSync } from 'node:fs';
import path from 'node:path';
import { CoopError } from '../../../shared/errors';
import type { TokenizerSource } from '../parts/opened-parts';
import { RUST_BLANKS } from './clip-text';
import { PieceTokenizer } from './piece-tokenizer';
import { readJsonFile, record } from './read-vocabulary';
import { invalidTokenizer } from './tokenizer-error';
import { idleOnWritten, type TokenizerJson, tokenizerJson, unigramCut, unigramOfJson } from './unigram-json';

const FILE = 'tokenizer.json';

/**
 * The unigram tokenizer of a causal tower for many languages, as MetaCLIP 2's (XLM-V): text stays as it is written, and what
 * stands around it is what tokenizer.json says, `<s> … </s>`.
 */
export function worldwideTokenizer(folder: string): TokenizerSource {
  const file = path.join(folder, FILE);
  return {
    files: existsSync(file) ? [file] : [],
    load: async () => {
      if (!existsSync(file))
        throw new CoopError('tokenizer.missing', `The model folder ${folder} has no ${FILE}.`, {
          subject: folder,
          next: `Put the model’s ${FILE} into it.`,
        });
      const parsed = tokenizerJson(await readJsonFile(file), file);
      const { entries, pieces, unknown, normalise } = unigramOfJson(parsed, file, idleOnWritten);
      // Its words are split at blanks of every kind (WhitespaceSplit).
      const blanks = (text: string) => normalise(text).replace(RUST_BLANKS, ' ');
      const cut = unigramCut(pieces, unknown, blanks, text => text);
      const { sot, eot } = around(parsed, file);
      return new PieceTokenizer({
        entries,
        cut: text => cut(text, true),
        sot,
        eot,
        // Whatever stands after the end counts for nothing.
        padding: eot,
        special: parsed.added.map(({ content }) => content),
        poolsAtEnd: true,
      });
    },
  };
}

/** The tokens before and after a single text (tokenizers, TemplateProcessing). */
function around(
  { json, added }: TokenizerJson,
  file: string,
): { readonly sot: number | null; readonly eot: number } {
  const { type, single } = record(json['post_processor'], file, 'its “post_processor”');
  if (type !== 'TemplateProcessing' || !Array.isArray(single))
    throw invalidTokenizer(
      file,
      `its post_processor is ${JSON.stringify(type ?? null)}, not TemplateProcessing`,
    );
  const names = single.map(item => {
    const token = record(item, file, 'an item of its “post_processor”')['SpecialToken'];
    return token == null ? null : String(record(token, file, 'a special token')['id']);
  });
  const ids = names.map(name => added.find(({ content }) => content === name)?.id ?? null);
  const place = names.indexOf(null);
  const [sot, eot] = [ids.slice(0, place), ids.slice(place + 1)];
  if (place < 0 || sot.length > 1 || eot.length !== 1 || eot[0] == null)
    throw invalidTokenizer(file, 'not one token at most stands before a text, and one after it');
  return { sot: sot[0] ?? null, eot: eot[0] };
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { CoopError } from '../../../shared/errors';
import type { Tokenizer } from '../../prompt/tokenizer';
import type { TokenizerSource } from '../parts/opened-parts';
import { clipTokenizer } from './load-tokenizer';
import { requirePublishedPatterns } from './published-patterns';
import { readJsonFile, record } from './read-vocabulary';
import { invalidTokenizer } from './tokenizer-error';
import { worldwideTokenizer } from './worldwide-tokenizer';

const FILES = ['tokenizer.json', 'tokenizer_config.json'] as const;

/**
 * The tokenizer of a model without tower code here: CLIP's own where it has CLIP's tokens, else whatever tokenizer.json says,
 * by Hugging Face's library for JavaScript.
 */
export function anyTokenizer(folder: string, modelType: string): TokenizerSource {
  if (modelType === 'metaclip_2') return worldwideTokenizer(folder);
  if (modelType === 'clip' || !existsSync(path.join(folder, FILES[0]))) return clipTokenizer(folder, 49_408);
  return libraryTokenizer(folder);
}

/** What tokenizer.json says. @param clean what happens to a text before */
export function libraryTokenizer(
  folder: string,
  clean: (text: string) => string = text => text,
): TokenizerSource {
  const [file, config] = FILES.map(name => path.join(folder, name)) as [string, string];
  return {
    files: [file, config].filter(each => existsSync(each)),
    load: async () => {
      if (!existsSync(file))
        throw new CoopError('tokenizer.missing', `The model folder ${folder} has no ${FILES[0]}.`, {
          subject: folder,
          next: `Put the model’s ${FILES[0]} into it.`,
        });
      const options = existsSync(config) ? await readJsonFile(config) : {};
      return tokenizerOf(file, await readJsonFile(file), options, clean);
    },
  };
}

type Normaliser = Readonly<{ type?: unknown; lowercase?: unknown; normalizers?: unknown }> | null | undefined;

const lowers = (normaliser: Normaliser): boolean =>
  normaliser != null &&
  (normaliser.type === 'Lowercase' ||
    normaliser.lowercase === true ||
    (Array.isArray(normaliser.normalizers) && normaliser.normalizers.some(lowers)));

function tokenizerOf(
  file: string,
  json: unknown,
  config: unknown,
  clean: (text: string) => string,
): Tokenizer {
  const { normalizer, pre_tokenizer: cutting } = record(json, file, 'the file');
  for (const step of [normalizer, cutting]) requirePublishedPatterns(step, file);
  let library: LibraryTokenizer;
  try {
    library = new LibraryTokenizer(record(json, file, 'the file'), record(config, file, 'its configuration'));
  } catch (thrown) {
    throw invalidTokenizer(file, (thrown as Error).message, thrown);
  }
  // What stands around nothing is what stands around every text.
  const around = library.encode('').ids;
  const [first, last] = [around[0], around.at(-1)];
  if (last === undefined || around.length > 2)
    throw invalidTokenizer(file, `${around.length} tokens stand around a text, not one or two`);
  const lower = lowers(normalizer as Normaliser);
  const padding = library.token_to_id(String(record(config, file, 'its configuration')['pad_token'] ?? ''));
  return {
    encode: text => {
      // Rust's lower-casing maps every sigma alike; JavaScript knows the final one.
      const cleaned = clean(text);
      const asked = lower ? cleaned.replaceAll('Σ', 'σ') : cleaned;
      return [...library.encode(asked, { add_special_tokens: false }).ids];
    },
    decode: id => library.id_to_token(id) ?? '',
    sot: around.length === 2 ? first! : null,
    eot: last,
    padding: padding ?? last,
    poolsAtEnd: false,
    vocabularySize: library.get_vocab().size,
  };
}

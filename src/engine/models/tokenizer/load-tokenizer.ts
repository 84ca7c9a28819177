import { existsSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readBoundedFile } from '../../../files/disk/read-bounded-file';
import { CoopError } from '../../../shared/errors';
import { mediaFolder } from '../../media-folder';
import type { Tokenizer } from '../../prompt/tokenizer';
import type { TokenizerSource } from '../parts/opened-parts';
import type { AddedToken } from './added-tokens';
import { BpeTokenizer, type Vocabulary } from './bpe-tokenizer';
import { BYTE_SYMBOLS } from './byte-alphabet';
import {
  MAX_ADDED,
  MAX_TOKENIZER_BYTES,
  readJsonFile,
  record,
  toId,
  toIds,
  toMerges,
} from './read-vocabulary';
import { invalidTokenizer } from './tokenizer-error';

const TOKENIZER_FILE = 'tokenizer.json';
const VOCABULARY_FILE = 'vocab.json';
const MERGES_FILE = 'merges.txt';
/** Where transformers before 5 keeps added tokens beside vocab.json, the first before the second. */
const CONFIG_FILE = 'tokenizer_config.json';
const ADDED_FILE = 'added_tokens.json';
const OPENAI_FILE = 'bpe_simple_vocab_16e6.txt.gz';
const CLIP_VOCABULARY = 49_408;
/** 49152 − 256 − 2 merges count; the file has more lines (openai/CLIP, clip/simple_tokenizer.py). */
const OPENAI_MERGES = 48_894;
const STARTS = ['<|startoftext|>', '<start_of_text>'];
const ENDS = ['<|endoftext|>', '<end_of_text>'];

export interface TokenizerOptions {
  readonly rule?: 'openai' | 'hf';
  /** Of the model: CLIP's own vocabulary serves where the folder has no tokenizer and the size is CLIP's. */
  readonly vocabularySize?: number;
}

/**
 * The tokenizer of a model folder: tokenizer.json, else vocab.json with merges.txt, else OpenAI's vocabulary file, which is
 * built in for models of CLIP's vocabulary.
 * @throws CoopError `tokenizer.missing`, `tokenizer.invalid`, `file.limit`, `file.access`
 */
export async function loadTokenizer(folder: string, options: TokenizerOptions = {}): Promise<Tokenizer> {
  return new BpeTokenizer(await readVocabulary(folder, options), options.rule);
}

/** CLIP's tokenizer of a model folder. */
export const clipTokenizer = (folder: string, vocabularySize: number): TokenizerSource => ({
  files: tokenizerFiles(folder, { vocabularySize }),
  load: () => loadTokenizer(folder, { vocabularySize }),
});

/** The files that `loadTokenizer` reads, behind no links; none where there is no tokenizer. */
export function tokenizerFiles(
  folder: string,
  { vocabularySize }: Pick<TokenizerOptions, 'vocabularySize'> = {},
): readonly string[] {
  const candidates = [[TOKENIZER_FILE], [VOCABULARY_FILE, MERGES_FILE], [OPENAI_FILE]];
  const complete = candidates
    .map(names => names.map(name => path.join(folder, name)))
    .find(files => files.every(file => existsSync(file)));
  if (complete === undefined) {
    const builtIn = mediaFolder('vocabulary');
    return builtIn === null || vocabularySize !== CLIP_VOCABULARY ? [] : [path.join(builtIn, OPENAI_FILE)];
  }
  const beside = complete[0]!.endsWith(VOCABULARY_FILE) ? [CONFIG_FILE, ADDED_FILE] : [];
  return [...complete, ...beside.map(name => path.join(folder, name)).filter(file => existsSync(file))];
}

async function readVocabulary(folder: string, options: TokenizerOptions): Promise<Vocabulary> {
  const [file, merges] = tokenizerFiles(folder, options);
  if (file === undefined) {
    const { vocabularySize } = options;
    const size =
      vocabularySize === undefined
        ? ''
        : `, and its vocabulary of ${vocabularySize} tokens is not CLIP’s of ${CLIP_VOCABULARY}, which is built in`;
    throw new CoopError('tokenizer.missing', `The model folder ${folder} has no tokenizer${size}.`, {
      subject: folder,
      next: `Put ${TOKENIZER_FILE} (or ${VOCABULARY_FILE} and ${MERGES_FILE}, or ${OPENAI_FILE}) of the model into it.`,
    });
  }
  if (path.basename(file) === TOKENIZER_FILE) return fromTokenizerJson(await readJsonFile(file), file);
  if (merges === undefined) return fromOpenaiFile(await readBoundedFile(file, MAX_TOKENIZER_BYTES), file);
  const ids = toIds(await readJsonFile(file), file);
  const lines = (await readBoundedFile(merges, MAX_TOKENIZER_BYTES)).toString('utf8').split(/\r?\n/);
  return {
    ids,
    merges: toMerges(
      lines.filter(line => line !== '' && !line.startsWith('#version')),
      merges,
    ),
    ...ends(ids, await addedBeside(ids, path.dirname(file)), file),
  };
}

function fromTokenizerJson(json: unknown, file: string): Vocabulary {
  const { model, added_tokens: added } = record(json, file, 'the file');
  const { vocab, merges } = record(model, file, 'its “model”');
  if (!Array.isArray(merges)) throw invalidTokenizer(file, 'its “model” has no list “merges”');
  const ids = toIds(vocab, file);
  const tokens = addedTokens(Array.isArray(added) ? added : [], ids, file);
  return { ids, merges: toMerges(merges, file), ...ends(ids, tokens, file) };
}

function fromOpenaiFile(bytes: Buffer, file: string): Vocabulary {
  let text: string;
  try {
    text = gunzipSync(bytes, { maxOutputLength: MAX_TOKENIZER_BYTES }).toString('utf8');
  } catch (thrown) {
    throw invalidTokenizer(file, 'it cannot be unpacked', thrown);
  }
  const merges = toMerges(text.split('\n').slice(1, OPENAI_MERGES + 1), file);
  const symbols = BYTE_SYMBOLS.map(({ symbol }) => symbol);
  const entries = [
    ...symbols,
    ...symbols.map(symbol => `${symbol}</w>`),
    ...merges.map(([left, right]) => left + right),
    STARTS[0]!,
    ENDS[0]!,
  ];
  const ids = new Map(entries.map((entry, id) => [entry, id]));
  return { ids, merges, sot: entries.length - 2, eot: entries.length - 1, added: [] };
}

/** The added tokens of a folder with vocab.json, in full or as names alone. */
async function addedBeside(ids: ReadonlyMap<string, number>, folder: string): Promise<readonly AddedToken[]> {
  const config = path.join(folder, CONFIG_FILE);
  if (existsSync(config)) {
    const { added_tokens_decoder: decoder } = record(await readJsonFile(config), config, 'the file');
    if (decoder != null) {
      const entries = Object.entries(record(decoder, config, 'its “added_tokens_decoder”'));
      const tokens = entries.map(([id, token]) => ({
        ...record(token, config, 'an added token'),
        id: Number(id),
      }));
      return addedTokens(tokens, ids, config);
    }
  }
  const names = path.join(folder, ADDED_FILE);
  if (!existsSync(names)) return [];
  const entries = Object.entries(record(await readJsonFile(names), names, 'the file'));
  return addedTokens(
    entries.map(([content, id]) => ({ content, id })),
    ids,
    names,
  );
}

/** Those that the vocabulary does not hold itself: its own are found by its own rule. */
function addedTokens(
  list: readonly unknown[],
  ids: ReadonlyMap<string, number>,
  file: string,
): readonly AddedToken[] {
  if (list.length > MAX_ADDED)
    throw invalidTokenizer(file, `it adds ${list.length} tokens; at most ${MAX_ADDED} are read`);
  return list.flatMap(token => {
    const { content, id, normalized, single_word: singleWord } = record(token, file, 'an added token');
    if (typeof content !== 'string' || ids.has(content)) return [];
    return {
      content,
      id: toId(id, content, file),
      normalized: normalized !== false,
      singleWord: singleWord === true,
    };
  });
}

/** Start and end may be entries of the vocabulary or beside it. */
function ends(
  ids: ReadonlyMap<string, number>,
  added: readonly AddedToken[],
  file: string,
): Pick<Vocabulary, 'sot' | 'eot' | 'added'> {
  const find = (names: readonly string[]) =>
    names
      .map(name => ids.get(name) ?? added.find(({ content }) => content === name)?.id)
      .find(id => id !== undefined);
  const [sot, eot] = [find(STARTS), find(ENDS)];
  if (sot === undefined || eot === undefined) {
    throw new CoopError('model.unsupported', `${file} has no start and end tokens of CLIP.`, {
      subject: file,
      next: 'Use a CLIP model with CLIP’s own byte-pair vocabulary.',
    });
  }
  return { sot, eot, added: added.filter(({ id }) => id !== sot && id !== eot) };
}

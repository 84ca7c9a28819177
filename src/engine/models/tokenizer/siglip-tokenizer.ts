import { existsSync } from 'node:fs';
import path from 'node:path';
import { readBoundedFile } from '../../../files/disk/read-bounded-file';
import { CoopError } from '../../../shared/errors';
import { once } from '../../once';
import type { TokenizerSource } from '../parts/opened-parts';
import { byteFallbackPairs } from './byte-fallback-pairs';
import { openClipCanonical, siglipText } from './canonical-text';
import { BLANK, PieceTokenizer, type PieceVocabulary } from './piece-tokenizer';
import { charsmapNormaliser } from './precompiled-charsmap';
import { MAX_TOKENIZER_BYTES, readJsonFile, record, toIds, toMerges } from './read-vocabulary';
import { readSentencePieceModel } from './sentencepiece-model';
import { invalidTokenizer } from './tokenizer-error';
import { idleOnCleaned, tokenizerJson, unigramCut, unigramOfJson, withAdded } from './unigram-json';

const PIECES_FILE = 'spiece.model';
const TOKENIZER_FILE = 'tokenizer.json';
const CONFIG_FILE = 'tokenizer_config.json';

/** Whose cleaning rule goes before the pieces. */
export type SiglipLibrary = 'transformers' | 'open_clip';

export interface SiglipTokenizerSource extends TokenizerSource {
  load(): Promise<PieceTokenizer>;
}

/**
 * The tokenizer of a SigLIP folder: sentencepiece's unigram model (SigLIP: spiece.model or tokenizer.json), or Gemma's byte
 * pairs (SigLIP 2: tokenizer.json). Prompts have no start; they end in `</s>` or `<eos>`.
 *
 * SigLIP saw its texts in lower case and without punctuation, SigLIP 2 in lower case; open_clip cleans both the first way.
 */
export function siglipTokenizer(folder: string, library: SiglipLibrary): SiglipTokenizerSource {
  const present = [PIECES_FILE, TOKENIZER_FILE, CONFIG_FILE]
    .map(name => path.join(folder, name))
    .filter(file => existsSync(file));
  // open_clip's own repositories hold tokenizer.json, transformers reads spiece.model where there is one.
  const file = present.find(each => !each.endsWith(CONFIG_FILE));
  return {
    files: file === undefined ? [] : [file, ...present.filter(each => each.endsWith(CONFIG_FILE))],
    load: once(async () => {
      if (file === undefined)
        throw new CoopError('tokenizer.missing', `The model folder ${folder} has no tokenizer.`, {
          subject: folder,
          next: `Put ${PIECES_FILE} or ${TOKENIZER_FILE} of the model into it.`,
        });
      const names = await specialNames(path.join(folder, CONFIG_FILE));
      const vocabulary = file.endsWith(PIECES_FILE)
        ? await fromPieces(file, names, cleaningOf(library, siglipText))
        : await fromJson(file, names, library);
      return new PieceTokenizer(vocabulary);
    }),
  };
}

const cleaningOf = (library: SiglipLibrary, own: (text: string) => string) =>
  library === 'open_clip' ? openClipCanonical : own;

interface SpecialNames {
  readonly eos: string | null;
  readonly pad: string | null;
}

async function specialNames(file: string): Promise<SpecialNames> {
  if (!existsSync(file)) return { eos: null, pad: null };
  const config = record(await readJsonFile(file), file, 'the file');
  if (config['add_bos_token'] === true)
    throw invalidTokenizer(file, 'add_bos_token is on, which no SigLIP has');
  if (config['add_eos_token'] === false)
    throw invalidTokenizer(file, 'add_eos_token is off, which no SigLIP has');
  // A name, or the token in full.
  const name = (value: unknown): string | null => {
    if (typeof value === 'string') return value;
    const content = value == null ? null : record(value, file, 'a token')['content'];
    return typeof content === 'string' ? content : null;
  };
  return { eos: name(config['eos_token']), pad: name(config['pad_token']) };
}

async function fromPieces(
  file: string,
  names: SpecialNames,
  clean: (text: string) => string,
): Promise<PieceVocabulary> {
  const model = readSentencePieceModel(await readBoundedFile(file, MAX_TOKENIZER_BYTES), file);
  return {
    cut: unigramCut(model.pieces, model.unknown, charsmapNormaliser(model.charsmap, file), clean),
    // SiglipTokenizer fills up with the end token (tokenization_siglip.py).
    ...ends(
      model.pieces.map(({ text }) => text),
      [names.eos ?? '</s>'],
      [names.pad ?? '</s>'],
      file,
    ),
    special: ['</s>', '<unk>'],
    poolsAtEnd: false,
  };
}

async function fromJson(file: string, names: SpecialNames, library: SiglipLibrary): Promise<PieceVocabulary> {
  const parsed = tokenizerJson(await readJsonFile(file), file);
  const { model, added: tokens } = parsed;
  const eos = names.eos === null ? ['</s>', '<eos>'] : [names.eos];
  const pad = names.pad === null ? ['<pad>', ...eos] : [names.pad];
  if (model['type'] === 'Unigram') {
    const { entries, pieces, unknown, normalise } = unigramOfJson(parsed, file, idleOnCleaned);
    const clean = cleaningOf(library, siglipText);
    return {
      cut: unigramCut(pieces, unknown, normalise, clean),
      ...ends(entries, eos, pad, file),
      special: library === 'open_clip' ? [] : ['</s>', '<unk>'],
      poolsAtEnd: false,
    };
  }
  if (model['type'] !== 'BPE' || !Array.isArray(model['merges']))
    throw invalidTokenizer(file, `its model is ${JSON.stringify(model['type'] ?? null)}, not Unigram or BPE`);
  const ids = toIds(model['vocab'], file);
  const entries: string[] = [];
  for (const [entry, id] of ids) entries[id] = entry;
  const pairs = byteFallbackPairs(ids, toMerges(model['merges'], file), '<unk>');
  // Rust's lower-casing maps every sigma alike.
  const clean = cleaningOf(library, text => text.replaceAll('Σ', 'σ').toLowerCase());
  return {
    cut: text => pairs(clean(text).replaceAll(' ', BLANK)),
    ...ends(withAdded(entries, tokens), eos, pad, file),
    special: library === 'open_clip' ? [] : tokens.map(({ content }) => content),
    poolsAtEnd: false,
  };
}

function ends(
  entries: readonly string[],
  eos: readonly string[],
  pad: readonly string[],
  file: string,
): Pick<PieceVocabulary, 'entries' | 'sot' | 'eot' | 'padding'> {
  const find = (names: readonly string[]): number => {
    const id = names.map(name => entries.indexOf(name)).find(at => at >= 0);
    if (id === undefined) throw invalidTokenizer(file, `it has no token ${names.join(' or ')}`);
    return id;
  };
  return { entries, sot: null, eot: find(eos), padding: find(pad) };
}

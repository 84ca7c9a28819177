import { isDeepStrictEqual } from 'node:util';
import { requireWithinLimits } from './piece-limits';
import { BLANK } from './piece-tokenizer';
import { charsmapNormaliser } from './precompiled-charsmap';
import { MAX_ADDED, record, toId } from './read-vocabulary';
import type { Piece } from './sentencepiece-model';
import { invalidTokenizer } from './tokenizer-error';
import { Unigram } from './unigram';

export interface NamedToken {
  readonly content: string;
  readonly id: number;
}

/** tokenizer.json of any kind, its added tokens read. */
export interface TokenizerJson {
  readonly json: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>>;
  readonly added: readonly NamedToken[];
}

/** @throws CoopError `tokenizer.invalid` */
export function tokenizerJson(value: unknown, file: string): TokenizerJson {
  const json = record(value, file, 'the file');
  const added = Array.isArray(json['added_tokens']) ? json['added_tokens'] : [];
  if (added.length > MAX_ADDED)
    throw invalidTokenizer(file, `it adds ${added.length} tokens; at most ${MAX_ADDED} are read`);
  return {
    json,
    model: record(json['model'], file, 'its “model”'),
    added: added.map(token => {
      const { content, id } = record(token, file, 'an added token');
      if (typeof content !== 'string') throw invalidTokenizer(file, 'an added token has no content');
      return { content, id: toId(id, content, file) };
    }),
  };
}

/**
 * A unigram model of tokenizer.json.
 * @param idle which steps of its normaliser need not be done
 * @throws CoopError `tokenizer.invalid` for another kind of model, or a normaliser that is not sentencepiece's
 */
export function unigramOfJson({ json, model, added }: TokenizerJson, file: string, idle: Idle) {
  if (model['type'] !== 'Unigram')
    throw invalidTokenizer(file, `its model is ${JSON.stringify(model['type'] ?? null)}, not Unigram`);
  const pieces = piecesOf(model['vocab'], new Set(added.map(({ content }) => content)), file);
  return {
    entries: withAdded(
      pieces.map(({ text }) => text),
      added,
    ),
    pieces,
    unknown: toId(model['unk_id'], '<unk>', file),
    normalise: charsmapNormaliser(charsmapOf(json['normalizer'], file, idle), file),
  };
}

/**
 * Ids of a piece of text: cleaned, normalised, single blanks, a blank before it where it begins the text.
 */
export function unigramCut(
  pieces: readonly Piece[],
  unknown: number,
  normalise: (text: string) => string,
  clean: (text: string) => string,
): (text: string, first: boolean) => number[] {
  const unigram = new Unigram(pieces, unknown);
  return (text, first) => {
    const normal = normalise(clean(text.replaceAll(BLANK, ' ')))
      .replace(/ +/g, ' ')
      .replace(/^ | $/g, '');
    if (normal === '') return [];
    return unigram.encode(((first ? ' ' : '') + normal).replaceAll(' ', BLANK));
  };
}

/** Entries by id, added tokens among them. */
export function withAdded(entries: readonly string[], tokens: readonly NamedToken[]): string[] {
  const all = [...entries];
  for (const { content, id } of tokens) all[id] ??= content;
  return all;
}

function piecesOf(vocabulary: unknown, special: ReadonlySet<string>, file: string): Piece[] {
  if (!Array.isArray(vocabulary)) throw invalidTokenizer(file, 'its vocabulary is not a list');
  return vocabulary.map((entry: unknown, id): Piece => {
    const [text, score]: readonly unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof text !== 'string' || typeof score !== 'number' || !Number.isFinite(score))
      throw invalidTokenizer(file, `entry ${id} is not a piece and its score`);
    requireWithinLimits(id, text, file);
    return { text, score, kind: special.has(text) ? 'other' : 'normal' };
  });
}

/** Whether a step of a normaliser changes nothing, since it is done here to every text. */
type Idle = (step: Readonly<Record<string, unknown>>) => boolean;

/** Where a text is put in lower case and its punctuation dropped before. */
export const idleOnCleaned: Idle = ({ type }) => IDLE_ON_CLEANED.has(type);
const IDLE_ON_CLEANED = new Set<unknown>(['Strip', 'Replace', 'Lowercase']);

/** Where text stays as it is written: blanks alone become single ones, and none at the ends. */
export const idleOnWritten: Idle = ({ type, pattern, content }) =>
  type === 'Strip' ||
  (type === 'Replace' &&
    [' {2,}', String.raw`\s+`].some(regex => isDeepStrictEqual(pattern, { Regex: regex })) &&
    (content === ' ' || content === BLANK));

/** The compiled normaliser of tokenizer.json; empty without one. */
function charsmapOf(normaliser: unknown, file: string, idle: Idle): Buffer {
  if (normaliser == null) return Buffer.alloc(0);
  const step = record(normaliser, file, 'its “normalizer”');
  const { type, normalizers, precompiled_charsmap: map } = step;
  if (type === 'Precompiled' && typeof map === 'string') return Buffer.from(map, 'base64');
  if (type === 'Sequence' && Array.isArray(normalizers))
    return (
      normalizers.map(each => charsmapOf(each, file, idle)).find(({ length }) => length > 0) ??
      Buffer.alloc(0)
    );
  if (idle(step)) return Buffer.alloc(0);
  throw invalidTokenizer(file, `its normalizer ${JSON.stringify(type ?? null)} is not known`);
}

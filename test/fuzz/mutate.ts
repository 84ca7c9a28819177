import type { PythonRandom } from '../../src/engine/random/mersenne-twister';

/** How inputs of a kind are broken. */
export type Mutation = 'bytes' | 'text' | 'json' | 'safetensors';

/** Numbers that lie at the borders of types, sizes and offsets. */
const NUMBERS = [
  0,
  1,
  -1,
  2,
  7,
  255,
  256,
  65_535,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  -1e308,
  0.5,
  1e-9,
];
const TEXTS = [
  '',
  ' ',
  '\u0000',
  '😀',
  '{}',
  '[V:16]',
  '<a.2>',
  '__proto__',
  '../../x',
  'NaN',
  'x'.repeat(5000),
  '"',
  '\\',
];
const SYNTAX = [
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  '@',
  '#',
  '(',
  ')',
  '\\',
  '%s',
  ',',
  '"',
  '\n',
  '\r\n',
  '\t',
  ':',
  '\u2028',
  '\ud800',
  '',
];

/** One input of a kind, broken in one to four places; the same for the same random numbers. */
export function mutated(kind: Mutation, seed: Uint8Array, random: PythonRandom): Uint8Array {
  const times = 1 + random.below(4);
  switch (kind) {
    case 'bytes':
      return repeat(times, seed, bytes => mutateBytes(bytes, random));
    case 'text':
      return repeat(times, seed, bytes =>
        random.below(4) === 0 ? mutateBytes(bytes, random) : mutateText(bytes, random),
      );
    case 'json':
      return random.below(3) === 0
        ? repeat(times, seed, bytes => mutateText(bytes, random))
        : encode(repeat(times, parse(seed), value => mutateJson(value, random)));
    case 'safetensors':
      return random.below(3) === 0
        ? repeat(times, seed, bytes => mutateBytes(bytes, random, 4096))
        : mutateSafetensors(seed, times, random);
  }
}

function repeat<T>(times: number, value: T, change: (value: T) => T): T {
  let changed = value;
  for (let i = 0; i < times; i++) changed = change(changed);
  return changed;
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value) ?? '');
const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
const one = <T>(items: readonly T[], random: PythonRandom): T => items[random.below(items.length)]!;

/** @param within changes lie in the first so many bytes, where headers are */
function mutateBytes(bytes: Uint8Array, random: PythonRandom, within = bytes.length): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(random.below(256));
  const at = random.below(Math.min(within, bytes.length));
  const length = 1 + random.below(Math.min(64, bytes.length - at));
  const copy = bytes.slice();
  switch (random.below(7)) {
    case 0:
      copy[at]! ^= 1 << random.below(8);
      return copy;
    case 1:
      copy[at] = one([0, 1, 127, 128, 255], random);
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      copy.copyWithin(random.below(bytes.length), at, at + length);
      return copy;
    case 4:
      return joined([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 5:
      return joined([bytes.subarray(0, at + length), bytes.subarray(at)]);
    default: {
      const view = new DataView(copy.buffer);
      const value = one([0, 1, 0x7fffffff, 0x80000000, 0xffffffff], random);
      if (at + 4 <= copy.length) view.setUint32(at, value, random.below(2) === 0);
      return copy;
    }
  }
}

function mutateText(bytes: Uint8Array, random: PythonRandom): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(20));
  const spliced = (from: number, to: number, put: string) =>
    new TextEncoder().encode(text.slice(0, from) + put + text.slice(to));
  switch (random.below(6)) {
    case 0:
      return spliced(at, at, one(SYNTAX, random));
    case 1:
      return spliced(at, end, '');
    case 2:
      return spliced(at, at, text.slice(at, end).repeat(1 + random.below(50)));
    case 3:
      return spliced(at, end, one(TEXTS, random));
    case 4:
      return spliced(at, at, String(one(NUMBERS, random)));
    default: {
      const lines = text.split('\n');
      const line = random.below(lines.length);
      lines.splice(random.below(lines.length), 0, lines[line]!);
      return new TextEncoder().encode(lines.join('\n'));
    }
  }
}

/** One place anywhere in a value: another number or text, another type, a key less or twice, deep nesting. */
function mutateJson(value: unknown, random: PythonRandom): unknown {
  const isContainer = typeof value === 'object' && value !== null;
  if (!isContainer || random.below(12) === 0) return otherValue(value, random);
  if (Array.isArray(value)) {
    const items = [...value];
    const at = random.below(items.length + 1);
    if (random.below(4) === 0) items.splice(at, random.below(3), ...(items.length > 0 ? [items[0]] : [0]));
    else if (at < items.length) items[at] = mutateJson(items[at], random);
    return items;
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) return { ...value, [one(TEXTS, random)]: one(NUMBERS, random) };
  switch (random.below(6)) {
    case 0:
      return Object.fromEntries(entries.filter((_, i) => i !== at));
    case 1:
      return Object.fromEntries([...entries, [one(TEXTS, random), entry[1]]]);
    default:
      entries[at] = [entry[0], mutateJson(entry[1], random)];
      return Object.fromEntries(entries);
  }
}

function otherValue(value: unknown, random: PythonRandom): unknown {
  switch (random.below(7)) {
    case 0:
      return one(NUMBERS, random);
    case 1:
      return one(TEXTS, random);
    case 2:
      return null;
    case 3:
      return [value];
    case 4:
      return { value };
    case 5:
      return typeof value === 'number' ? value + one([1, -1, 0.5], random) : random.below(2) === 0;
    default:
      return repeat(1 + random.below(1000), value, inner => [inner]);
  }
}

const LENGTH_BYTES = 8;

/** The header's JSON is broken, and its stated length is right or not. */
function mutateSafetensors(file: Uint8Array, times: number, random: PythonRandom): Uint8Array {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = parse(file.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const text = encode(repeat(times, header, value => mutateJson(value, random)));
  const stated = random.below(5) === 0 ? Math.abs(one(NUMBERS, random)) : text.length;
  const size = new Uint8Array(LENGTH_BYTES);
  new DataView(size.buffer).setBigUint64(0, BigInt(Math.trunc(Math.min(stated, 2 ** 62))), true);
  return joined([size, text, file.subarray(LENGTH_BYTES + length)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

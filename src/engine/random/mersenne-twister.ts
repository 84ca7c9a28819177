/**
 * The generator of CPython's `random` module: MT19937 (Matsumoto and Nishimura 1998), seeded by `init_by_array`, with
 * the same derived draws, so that a Python seed gives the same picks here. Checked against CPython 3.11.
 */
export interface PythonRandom {
  /** The raw generator: an integer in 0…2³²−1. */
  uint32(): number;
  /** `random.random()`: 53 bits in [0, 1). */
  random(): number;
  /** `random.getrandbits(bits)` for any number of bits. */
  bits(bits: number): bigint;
  /** `random.randrange(limit)`: an integer in 0…limit−1; limit 1…2⁵³−1. */
  below(limit: number): number;
  /** `random.sample(population, count)`: distinct positions in the order drawn. */
  sample<T>(population: readonly T[], count: number): T[];
  /** `random.shuffle`, as a shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
}

const WORDS = 624;
const SHIFT = 397;
const MATRIX = 0x9908b0df;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;
/** Up to this many items, plus more for large samples, `random.sample` draws from a copy instead of rejecting repeats. */
const POOL_LIMIT = 21;

/**
 * `random.seed(seed)` for an integer of any size; like CPython it uses the absolute value.
 * @throws RangeError for a number that is not a safe integer (larger seeds: bigint)
 */
export function pythonRandom(seed: number | bigint): PythonRandom {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`a seed is a whole number, exact: ${seed}`);
  }
  const uint32 = twister(seedState(seedWords(BigInt(seed))));

  const below = (limit: number): number => {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`no integer lies below ${limit}`);
    const bits = bitLength(limit);
    let drawn = smallBits(uint32, bits);
    while (drawn >= limit) drawn = smallBits(uint32, bits);
    return drawn;
  };

  return {
    uint32,
    random: () => ((uint32() >>> 5) * 0x4000000 + (uint32() >>> 6)) / 2 ** 53,
    bits: bits => bigBits(uint32, bits),
    below,
    sample: (population, count) => sample(population, count, below),
    shuffle: items => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i -= 1) swap(shuffled, i, below(i + 1));
      return shuffled;
    },
  };
}

function seedWords(seed: bigint): number[] {
  let rest = seed < 0n ? -seed : seed;
  const words: number[] = [];
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

/** `init_genrand(19650218)` followed by `init_by_array(words)`. */
function seedState(words: readonly number[]): Uint32Array {
  const state = new Uint32Array(WORDS);
  state[0] = 19650218;
  for (let i = 1; i < WORDS; i += 1) state[i] = Math.imul(1812433253, mixed(state, i - 1)) + i;
  let i = 1;
  let j = 0;
  for (let step = Math.max(WORDS, words.length); step > 0; step -= 1) {
    state[i] = (state[i]! ^ Math.imul(mixed(state, i - 1), 1664525)) + words[j]! + j;
    i = next(state, i);
    j = (j + 1) % words.length;
  }
  for (let step = WORDS - 1; step > 0; step -= 1) {
    state[i] = (state[i]! ^ Math.imul(mixed(state, i - 1), 1566083941)) - i;
    i = next(state, i);
  }
  state[0] = UPPER;
  return state;
}

function mixed(state: Uint32Array, at: number): number {
  const word = state[at]!;
  return word ^ (word >>> 30);
}

function next(state: Uint32Array, at: number): number {
  if (at + 1 < WORDS) return at + 1;
  state[0] = state[WORDS - 1]!;
  return 1;
}

function twister(state: Uint32Array): () => number {
  let position = WORDS;
  return () => {
    if (position === WORDS) {
      refill(state);
      position = 0;
    }
    let word = state[position]!;
    position += 1;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

function refill(state: Uint32Array): void {
  for (let i = 0; i < WORDS; i += 1) {
    const pair = (state[i]! & UPPER) | (state[(i + 1) % WORDS]! & LOWER);
    state[i] = state[(i + SHIFT) % WORDS]! ^ (pair >>> 1) ^ (pair & 1 ? MATRIX : 0);
  }
}

function bitLength(value: number): number {
  return value >= 2 ** 32 ? 32 + bitLength(Math.floor(value / 2 ** 32)) : 32 - Math.clz32(value);
}

function smallBits(uint32: () => number, bits: number): number {
  if (bits <= 32) return uint32() >>> (32 - bits);
  const low = uint32();
  return (uint32() >>> (64 - bits)) * 2 ** 32 + low;
}

function bigBits(uint32: () => number, bits: number): bigint {
  if (!Number.isSafeInteger(bits) || bits < 0) throw new RangeError(`not a number of bits: ${bits}`);
  let value = 0n;
  for (let done = 0; done < bits; done += 32) {
    const wanted = Math.min(32, bits - done);
    value |= BigInt(uint32() >>> (32 - wanted)) << BigInt(done);
  }
  return value;
}

function sample<T>(population: readonly T[], count: number, below: (limit: number) => number): T[] {
  const size = population.length;
  if (!Number.isSafeInteger(count) || count < 0 || count > size) {
    throw new RangeError(`cannot draw ${count} of ${size} items`);
  }
  if (size <= poolLimit(count)) {
    const pool = [...population];
    return Array.from({ length: count }, (_, i) => {
      const at = below(size - i);
      const drawn = pool[at]!;
      pool[at] = pool[size - i - 1]!;
      return drawn;
    });
  }
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(below(size));
  return [...drawn].map(at => population[at]!);
}

/** 21, and for more than five draws 21 + 4^⌈log₄(3·count)⌉. */
function poolLimit(count: number): number {
  if (count <= 5) return POOL_LIMIT;
  let power = 1;
  while (power < 3 * count) power *= 4;
  return POOL_LIMIT + power;
}

function swap<T>(items: T[], i: number, j: number): void {
  const held = items[i]!;
  items[i] = items[j]!;
  items[j] = held;
}

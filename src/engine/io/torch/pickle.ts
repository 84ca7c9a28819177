/** A class or function that a pickle names. It is never looked up, let alone called. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** What calling a global would have made: kept as its parts, for a reader that knows the name. */
export interface PickleObject {
  readonly kind: 'object';
  readonly callee: unknown;
  readonly args: unknown;
  state: unknown;
}

export interface PersistentId {
  readonly kind: 'persistent';
  readonly id: unknown;
}

/** A torch checkpoint's pickle has a few thousand steps; live schedulers add some more. */
const MAX_STEPS = 20_000_000;
const MAX_STACK = 1_000_000;
/** A tensor takes about ten: 200,000 of them. What is on the stack is counted each time it is put there. */
const MAX_OBJECTS = 4_000_000;
/** Step counts and hashes have a few bytes; torch's magic number has ten. */
const MAX_LONG_BYTES = 4096;
const MARK = Symbol('mark');

/**
 * Reads one pickle (protocols 0 to 4) without executing anything: lists become arrays, tuples arrays, dicts Maps, and
 * every call is an inert record of its parts.
 * @returns the value and the position after it
 * @throws Error when the stream is damaged, unknown or too long
 */
export function readPickle(bytes: Uint8Array, start = 0): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = start;
  const need = (count: number) => {
    if (count < 0 || at + count > bytes.length) throw new Error('it is cut off');
    at += count;
    return at - count;
  };
  const u8 = () => view.getUint8(need(1));
  const u16 = () => view.getUint16(need(2), true);
  const u32 = () => view.getUint32(need(4), true);
  const u64 = () => Number(view.getBigUint64(need(8), true));
  const raw = (count: number) => {
    const from = need(count);
    return bytes.subarray(from, from + count);
  };
  const text = (count: number) => new TextDecoder().decode(raw(count));
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw new Error('it is cut off');
    const value = new TextDecoder('latin1').decode(bytes.subarray(at, end));
    at = end + 1;
    return value;
  };
  let objects = 0;
  const push = (value: unknown) => {
    if (stack.length >= MAX_STACK) throw new Error('it nests too deeply');
    if (typeof value === 'object' && ++objects > MAX_OBJECTS) throw new Error('it makes too many objects');
    stack.push(value);
  };
  const pop = (): unknown => {
    if (stack.length === 0) throw new Error('it takes from an empty stack');
    return stack.pop();
  };
  const toMark = (): unknown[] => {
    const from = stack.lastIndexOf(MARK);
    if (from < 0) throw new Error('a mark is missing');
    return stack.splice(from).slice(1);
  };
  const top = (): unknown => stack.at(-1);
  const list = (): unknown[] => {
    const value = top();
    return Array.isArray(value) ? value : [];
  };
  const setItems = (items: readonly unknown[]) => {
    const target = top();
    // Items of an object that is not made go nowhere.
    if (target instanceof Map)
      for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i], items[i + 1]);
  };
  const recall = (slot: number) => {
    if (!memo.has(slot)) throw new Error(`memo ${slot} was never set`);
    push(memo.get(slot));
  };
  const long = (count: number) => {
    if (count > MAX_LONG_BYTES) throw new Error(`it has a number of ${count} bytes`);
    const digits = Buffer.from(raw(count)).reverse().toString('hex');
    const value = BigInt.asIntN(8 * count, BigInt(`0x${digits || '0'}`));
    push(Number.isSafeInteger(Number(value)) ? Number(value) : value);
  };
  const call = (args: unknown, callee: unknown) => push(called(callee, args));

  const steps: Readonly<Record<number, () => void>> = {
    128: () => u8(),
    149: () => u64(),
    40: () => push(MARK),
    48: () => pop(),
    49: () => toMark(),
    50: () => push(top()),
    78: () => push(null),
    136: () => push(true),
    137: () => push(false),
    75: () => push(u8()),
    77: () => push(u16()),
    74: () => push(view.getInt32(need(4), true)),
    138: () => long(u8()),
    139: () => long(u32()),
    71: () => push(view.getFloat64(need(8), false)),
    73: () => {
      const value = line();
      push(value === '01' ? true : value === '00' ? false : Number(value));
    },
    76: () => push(Number(line().replace(/L$/, ''))),
    70: () => push(Number(line())),
    83: () => push(line().slice(1, -1)),
    86: () => push(line()),
    88: () => push(text(u32())),
    140: () => push(text(u8())),
    141: () => push(text(u64())),
    85: () => push(text(u8())),
    84: () => push(text(u32())),
    67: () => push(raw(u8())),
    66: () => push(raw(u32())),
    142: () => push(raw(u64())),
    93: () => push([]),
    41: () => push([]),
    125: () => push(new Map()),
    143: () => push([]),
    108: () => push(toMark()),
    116: () => push(toMark()),
    145: () => push(toMark()),
    100: () => {
      const items = toMark();
      push(new Map());
      setItems(items);
    },
    133: () => push([pop()]),
    134: () => push([pop(), pop()].reverse()),
    135: () => push([pop(), pop(), pop()].reverse()),
    97: () => {
      const value = pop();
      list().push(value);
    },
    101: () => {
      const items = toMark();
      const target = list();
      for (const item of items) target.push(item);
    },
    144: () => {
      const items = toMark();
      const target = list();
      for (const item of items) target.push(item);
    },
    115: () => setItems([pop(), pop()].reverse()),
    117: () => setItems(toMark()),
    113: () => memo.set(u8(), top()),
    114: () => memo.set(u32(), top()),
    112: () => memo.set(Number(line()), top()),
    148: () => memo.set(memo.size, top()),
    104: () => recall(u8()),
    106: () => recall(u32()),
    103: () => recall(Number(line())),
    99: () => push(global(line(), line())),
    147: () => {
      const [name, module] = [pop(), pop()];
      push(global(String(module), String(name)));
    },
    82: () => call(pop(), pop()),
    129: () => call(pop(), pop()),
    146: () => {
      const [, args, callee] = [pop(), pop(), pop()];
      call(args, callee);
    },
    98: () => {
      const state = pop();
      const target = top() as Partial<PickleObject> | null;
      if (target?.kind === 'object') target.state = state;
    },
    81: () => push({ kind: 'persistent', id: pop() } satisfies PersistentId),
    80: () => push({ kind: 'persistent', id: line() } satisfies PersistentId),
  };

  for (let step = 0; step < MAX_STEPS; step++) {
    const code = u8();
    if (code === 0x2e) return { value: pop(), end: at };
    const run = steps[code];
    if (run === undefined) throw new Error(`it has the unknown instruction 0x${code.toString(16)}`);
    run();
  }
  throw new Error('it has too many instructions');
}

const global = (module: string, name: string): PickleGlobal => ({
  kind: 'global',
  name: `${module}.${name}`,
});

/** An empty OrderedDict or dict is a Map; everything else stays a record of the call. */
function called(callee: unknown, args: unknown): unknown {
  const name =
    (callee as Partial<PickleGlobal> | null)?.kind === 'global' ? (callee as PickleGlobal).name : '';
  if (/^(collections\.(OrderedDict|defaultdict)|(__builtin__|builtins)\.dict)$/.test(name)) return new Map();
  return { kind: 'object', callee, args, state: undefined } satisfies PickleObject;
}

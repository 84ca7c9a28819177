import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fewShotPicks } from '../../../src/engine/dataset/few-shot';
import { pythonRandom } from '../../../src/engine/random/mersenne-twister';
import { root } from '../../support/root';

interface Stream {
  readonly seed: string;
  readonly random: readonly number[];
  readonly getrandbits: readonly (readonly [number, string])[];
  readonly uint32: readonly number[];
  readonly uint32_at_620_to_629: readonly number[];
  readonly randrange: readonly (readonly [number, number])[];
  readonly sample: readonly (readonly [number, number, readonly number[]])[];
  readonly shuffle10: readonly number[];
}

interface Layout {
  readonly train?: readonly number[];
  readonly val?: readonly number[];
  readonly train_blocks?: readonly number[];
  readonly val_blocks?: readonly number[];
  readonly samples: readonly {
    readonly seed: number;
    readonly shots: number;
    readonly train: readonly number[];
    readonly val: readonly number[];
  }[];
}

const golden = JSON.parse(readFileSync(join(root, 'test/fixtures/golden/fewshot.json'), 'utf8')) as {
  readonly mersenne_twister: readonly Stream[];
  readonly layouts: Readonly<Record<string, Layout>>;
};

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const blocks = (sizes: readonly number[]): number[] =>
  sizes.flatMap((size, label) => new Array<number>(size).fill(label));

describe('CPython random', () => {
  for (const stream of golden.mersenne_twister) {
    it(`repeats seed ${stream.seed}`, () => {
      const fresh = () => pythonRandom(BigInt(stream.seed));
      let random = fresh();
      assert.deepEqual(
        stream.random.map(() => random.random()),
        stream.random,
      );
      random = fresh();
      for (const [bits, value] of stream.getrandbits) assert.equal(random.bits(bits).toString(), value);
      random = fresh();
      const words = upTo(630).map(() => random.uint32());
      assert.deepEqual(words.slice(0, stream.uint32.length), stream.uint32);
      assert.deepEqual(words.slice(620), stream.uint32_at_620_to_629);
      random = fresh();
      for (const [limit, value] of stream.randrange)
        assert.equal(random.below(limit), value, `below ${limit}`);
      random = fresh();
      for (const [size, count, value] of stream.sample) {
        assert.deepEqual(random.sample(upTo(size), count), value, `sample ${count} of ${size}`);
      }
      assert.deepEqual(fresh().shuffle(upTo(10)), stream.shuffle10);
    });
  }

  it('takes number and bigint seeds alike, and the absolute value', () => {
    assert.equal(pythonRandom(7).uint32(), pythonRandom(7n).uint32());
    assert.equal(pythonRandom(-7).uint32(), pythonRandom(7n).uint32());
    for (const seed of [0.5, Number.NaN, 2 ** 53]) assert.throws(() => pythonRandom(seed), RangeError);
  });

  it('draws below limits of more than 32 bits as CPython 3.11 does', () => {
    const random = pythonRandom(3);
    assert.deepEqual(
      upTo(3).map(() => random.below(2 ** 40)),
      [285805288266, 1041975902461, 1034389053353],
    );
    random.below(2 ** 40);
    assert.deepEqual(
      upTo(3).map(() => random.below(3e12)),
      [2377136681076, 2417364194933, 1745802643632],
    );
    assert.throws(() => random.below(0), RangeError);
    assert.throws(() => random.sample([1, 2], 3), RangeError);
  });
});

describe('few-shot picks', () => {
  for (const [name, layout] of Object.entries(golden.layouts)) {
    it(`equals Dassl's on ${name}`, () => {
      const train = layout.train ?? blocks(layout.train_blocks ?? []);
      const val = layout.val ?? blocks(layout.val_blocks ?? []);
      for (const { seed, shots, ...picks } of layout.samples) {
        assert.deepEqual(fewShotPicks(train, val, shots, seed), picks, `seed ${seed}, ${shots} shots`);
      }
    });
  }

  it('gives the published EuroSAT one-shot set of seed 1', () => {
    const train = [1500, 1500, 1500, 1250, 1250, 1000, 1250, 1500, 1250, 1500];
    const val = train.map(size => size * 0.4);
    assert.deepEqual(fewShotPicks(blocks(train), blocks(val), 1, 1), {
      train: [275, 2665, 3129, 5022, 5991, 7507, 8920, 10217, 11527, 12429],
      val: [96, 1099, 1229, 2257, 2727, 2999, 3421, 3702, 4656, 5256],
    });
  });

  it('draws distinct images, min(shots, available) of every class', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(6), { maxLength: 200 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(),
        (labels, shots, seed) => {
          const { train } = fewShotPicks(labels, [], shots, seed);
          assert.equal(new Set(train).size, train.length);
          for (const label of new Set(labels)) {
            const available = labels.filter(other => other === label).length;
            assert.equal(train.filter(at => labels[at] === label).length, Math.min(shots, available));
          }
        },
      ),
    );
  });
});

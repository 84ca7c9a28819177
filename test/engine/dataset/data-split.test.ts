import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { parseCoopSplit } from '../../../src/engine/dataset/coop-split';
import { drawFewShot } from '../../../src/engine/dataset/draw-shots';
import { drawWarnings } from '../../../src/engine/dataset/draw-warnings';
import {
  DEFAULT_FRACTIONS,
  type Part,
  requireParts,
  seedSalt,
  splitByFolders,
  splitByHash,
} from '../../../src/engine/dataset/split';
import { CoopError } from '../../../src/shared/errors';
import { codedError } from './support/coded-error';

interface Item {
  readonly label: number;
  readonly hash: string;
  readonly path: string;
}

const hashOf = (content: number | string): string =>
  createHash('sha256').update(String(content)).digest('hex');
const item = (label: number, content: number): Item => ({
  label,
  hash: hashOf(content),
  path: `${label}/${content}`,
});
const classOf = (label: number, count: number): Item[] =>
  Array.from({ length: count }, (_, i) => item(label, label * 1_000_000 + i));
const count = (parts: readonly (Part | undefined)[], part: Part): number =>
  parts.filter(p => p === part).length;

/** Up to five classes whose contents may repeat within and across classes. */
const anyImages = fc
  .array(fc.tuple(fc.nat(4), fc.nat(120)), { maxLength: 150 })
  .map(pairs => pairs.map(([label, content]) => item(label, content)));

describe('split by content hash', () => {
  it('gives 40/20/40 of every class', () => {
    const images = [...classOf(0, 100), ...classOf(1, 10), ...classOf(2, 1000)];
    const parts = splitByHash(images);
    const of = (label: number, part: Part) =>
      count(
        parts.filter((_, i) => images[i]?.label === label),
        part,
      );
    for (const [label, size] of [100, 10, 1000].entries()) {
      assert.deepEqual(
        [of(label, 'pool'), of(label, 'dev'), of(label, 'test')],
        [0.4 * size, 0.2 * size, 0.4 * size],
      );
    }
  });

  it('is fixed for all time', () => {
    // Recomputed by hand from sha256(hash) orders: a change here changes every user's test set.
    const parts = splitByHash(classOf(0, 10));
    const byHand = classOf(0, 10)
      .map(({ hash }, i) => ({ i, key: hashOf(hash) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ i }, rank) => ({ i, part: rank < 4 ? 'test' : rank < 6 ? 'dev' : 'pool' }));
    for (const { i, part } of byHand) assert.equal(parts[i], part);
    assert.equal(parts.map(part => part[0]).join(''), 'tppdtpptdt');
  });

  it('depends on nothing but bytes and classes: not on order, names, other classes', () => {
    fc.assert(
      fc.property(anyImages, fc.nat(), (images, seed) => {
        const parts = new Map(
          images.map((image, i) => [`${image.label} ${image.hash}`, splitByHash(images)[i]]),
        );
        const shuffled = images
          .map(image => ({ ...image, path: `renamed/${image.path}`, key: hashOf(image.path + seed) }))
          .sort((a, b) => (a.key < b.key ? -1 : 1));
        splitByHash(shuffled).forEach((part, i) => {
          const image = shuffled[i]!;
          assert.equal(part, parts.get(`${image.label} ${image.hash}`));
        });
        const unique = images.filter(({ hash }, i) => images.findIndex(other => other.hash === hash) === i);
        const alone = unique.filter(image => image.label === 1);
        assert.deepEqual(
          splitByHash(alone),
          splitByHash(unique).filter((_, i) => unique[i]?.label === 1),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('keeps equal bytes on one side, within and across classes', () => {
    fc.assert(
      fc.property(anyImages, images => {
        const sides = new Map<string, Part>();
        splitByHash(images).forEach((part, i) => {
          const { hash } = images[i]!;
          assert.equal(sides.get(hash) ?? part, part);
          sides.set(hash, part);
        });
      }),
    );
  });

  it('moves at most two images of a class for each one added', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 10 }),
        fc.record({
          pool: fc.integer({ min: 1, max: 90 }),
          dev: fc.integer({ min: 1, max: 90 }),
          test: fc.integer({ min: 1, max: 90 }),
        }),
        (size, added, fractions) => {
          const all = classOf(0, size + added);
          const before = splitByHash(all.slice(0, size), fractions);
          const after = splitByHash(all, fractions);
          const moved = before.filter((part, i) => part !== after[i]).length;
          assert.ok(moved <= 2 * added, `${moved} of ${size} moved for ${added} added`);
        },
      ),
    );
  });

  it('gives every class of three or more each part, and smaller ones dev first, then test', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1000 }), (size, lopsided) => {
        const parts = splitByHash(classOf(0, size), { pool: 1, dev: lopsided, test: 1 });
        assert.ok(count(parts, 'dev') >= 1);
        assert.equal(count(parts, 'test') >= 1, size >= 2);
        assert.equal(count(parts, 'pool') >= 1, size >= 3);
      }),
    );
  });

  it('has other splits for other seeds, in the same proportions', () => {
    const images = classOf(0, 50);
    const splits = [1, 2, 3].map(seed =>
      splitByHash(images, { pool: 50, dev: 20, test: 30 }, seedSalt(seed)),
    );
    assert.notDeepEqual(splits[0], splits[1]);
    assert.notDeepEqual(splits[1], splits[2]);
    for (const parts of splits) assert.deepEqual([count(parts, 'pool'), count(parts, 'dev')], [25, 10]);
  });

  it('refuses fractions that leave a part empty', () => {
    for (const dev of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(
        () => splitByHash([], { pool: 50, dev, test: 50 }),
        codedError('split.invalid', /gets no images/),
      );
    }
  });
});

describe('shots from the pool', () => {
  it('never touches test or dev, for any shot count and seed', () => {
    fc.assert(
      fc.property(anyImages, fc.integer({ min: 1, max: 32 }), fc.nat(), (images, shots, seed) => {
        const parts = splitByHash(images);
        const held = new Set(images.filter((_, i) => parts[i] !== 'pool').map(({ hash }) => hash));
        const pool = images.filter((_, i) => parts[i] === 'pool');
        const { train: drawn } = drawFewShot({ pool, dev: [], published: false }, shots, seed);
        assert.ok(drawn.every(({ hash }) => !held.has(hash)));
        assert.deepEqual(splitByHash(images), parts);
      }),
    );
  });

  it('counts copies once, those of a published split as often as it names them', () => {
    const pool = [...classOf(0, 5), ...classOf(0, 5), ...classOf(1, 2), ...classOf(2, 4)];
    const dev = classOf(1, 9);
    const own = drawFewShot({ pool, dev, published: false }, 4, 1);
    assert.equal(new Set(own.train.map(({ hash }) => hash)).size, own.train.length);
    assert.deepEqual(own.perClass, { min: 2, max: 4 });
    assert.deepEqual(own.val, dev);
    const published = drawFewShot({ pool, dev, published: true }, 10, 1);
    assert.deepEqual([published.train.length, published.val.length], [16, 4]);
    assert.deepEqual(published.perClass, { min: 2, max: 10 });
  });

  it('are said where they are fewer than asked, or the same for all seeds', () => {
    const names = ['cat', 'owl', 'emu'];
    const warnings = (sizes: readonly number[], seeds: readonly number[]) => {
      const pool = sizes.flatMap((size, label) => classOf(label, size));
      const draws = seeds.map(seed => drawFewShot({ pool, dev: [], published: false }, 16, seed).train);
      return drawWarnings(draws, names, 16);
    };
    assert.deepEqual(warnings([16, 20, 30], [1, 2]), []);
    assert.deepEqual(warnings([16, 6, 30], [1, 2]), [
      '16 shots are 6 to 16 here: 1 class has fewer images to learn from, “owl” (6), and gives all.',
    ]);
    const [fewer, same] = warnings([9, 6, 7], [1, 2, 3]);
    assert.match(
      fewer!,
      /^16 shots are 6 to 9 here: 3 classes have .*“owl” \(6\), “emu” \(7\), “cat” \(9\), and give all/,
    );
    assert.match(same!, /^All 3 seeds learn from the same images/);
    assert.equal(warnings([9, 6, 7], [1]).length, 1);
    // As many as asked, and no choice either.
    assert.match(warnings([16, 16, 16], [1, 2]).join(), /^All 2 seeds learn from the same images/);
    assert.equal(warnings([16, 9, 16], [1, 2]).length, 2);
    assert.match(warnings([9, 0, 16], [1])[0]!, /^16 shots are 0 to 16 here: .*“owl” \(0\), “cat” \(9\)/);
    const pool = classOf(0, 40);
    const of = (seed: number) => drawFewShot({ pool, dev: [], published: false }, 16, seed).train;
    assert.notDeepEqual(of(1), of(2));
  });
});

describe('split by given folders', () => {
  const given = (part: Part, images: readonly Item[]) => images.map(image => ({ ...image, given: part }));
  const range = (from: number, to: number) => classOf(0, to).slice(from);

  it('keeps the given parts', () => {
    const images = [
      ...given('pool', range(0, 5)),
      ...given('dev', range(5, 7)),
      ...given('test', range(7, 12)),
    ];
    assert.deepEqual(
      splitByFolders(images),
      images.map(image => image.given),
    );
  });

  it('cuts a missing dev from train and leaves test alone', () => {
    const images = [...given('pool', range(0, 30)), ...given('test', range(30, 50))];
    const parts = splitByFolders(images);
    assert.deepEqual(parts.slice(30), new Array(20).fill('test'));
    assert.equal(count(parts, 'dev'), 10);
    assert.equal(count(parts, 'pool'), 20);
  });

  it('cuts a missing test from val and leaves train alone', () => {
    const images = [...given('pool', range(0, 10)), ...given('dev', range(10, 40))];
    const parts = splitByFolders(images);
    assert.deepEqual(parts.slice(0, 10), new Array(10).fill('pool'));
    assert.equal(count(parts, 'dev'), 10);
    assert.equal(count(parts, 'test'), 20);
  });

  it('splits by hash when one part only is given', () => {
    const images = given('pool', range(0, 10));
    assert.deepEqual(splitByFolders(images), splitByHash(images));
  });

  it('leaves out training copies of held-out images', () => {
    const images = [
      ...given('pool', range(0, 4)),
      ...given('dev', range(3, 6)),
      ...given('test', [...range(0, 1), ...range(5, 8)]),
    ];
    const parts = splitByFolders(images);
    assert.deepEqual(parts, [
      undefined,
      'pool',
      'pool',
      undefined,
      'dev',
      'dev',
      undefined,
      ...['test', 'test', 'test', 'test'],
    ]);
  });
});

describe('requireParts', () => {
  const images = [
    { label: 0, part: 'pool' },
    { label: 0, part: 'dev' },
    { label: 0, part: 'test' },
    { label: 1, part: 'dev' },
  ] as const;

  it('names the classes and what they need', () => {
    requireParts(images, ['cat', 'owl'], ['dev']);
    assert.throws(
      () => requireParts(images, ['cat', 'owl', 'emu'], ['pool', 'dev', 'test']),
      codedError(
        'split.tooSmall',
        /2 classes .*“owl” \(1 image, none for pool and test\), “emu” \(no images/,
      ),
    );
    assert.throws(
      () => requireParts(images, ['cat', 'owl'], ['test']),
      codedError('split.tooSmall', /A class has .*“owl”/),
    );
  });
});

describe('CoOp split file', () => {
  const text = (lists: object) => JSON.stringify(lists);
  const good = {
    train: [
      ['b/2.jpg', 1, 'bee'],
      ['a\\1.jpg', 0, 'ant'],
    ],
    val: [['a/2.jpg', 0, 'ant']],
    test: [['b/3.jpg', 1, 'bee']],
  };

  it('keeps the order of the file and takes names from train', () => {
    assert.deepEqual(parseCoopSplit(text(good), 's.json', '/data'), {
      classNames: ['ant', 'bee'],
      entries: [
        { path: 'b/2.jpg', label: 1, part: 'pool' },
        { path: 'a/1.jpg', label: 0, part: 'pool' },
        { path: 'a/2.jpg', label: 0, part: 'dev' },
        { path: 'b/3.jpg', label: 1, part: 'test' },
      ],
    });
  });

  it('takes paths with detours, and absolute ones of the image folder', () => {
    const lists = {
      train: [
        ['./cat/0.png', 0, 'cat'],
        ['/data/cat/1.png', 0, 'cat'],
      ],
      val: [['cat//2.png', 0, 'cat']],
      test: [['dog/../cat/3.png', 0, 'cat']],
    };
    assert.deepEqual(
      parseCoopSplit(text(lists), 's.json', '/data').entries.map(entry => entry.path),
      ['cat/0.png', 'cat/1.png', 'cat/2.png', 'cat/3.png'],
    );
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['text that is no JSON', '{', /s\.json is not JSON/],
    ['no object', '3', /holds no object/],
    ['a missing list', text({ train: [], val: [] }), /no list “test”/],
    ['an entry of two', text({ ...good, val: [['a', 0]] }), /val\[0\] is not \[path/],
    ['a label that is text', text({ ...good, val: [['a', '0', 'ant']] }), /val\[0\] \(a\) has the label "0"/],
    ['an empty name', text({ ...good, val: [['a', 0, ' ']] }), /no class name/],
    ['a path upwards', text({ ...good, val: [['a/../../b', 0, 'ant']] }), /leaves the image folder/],
    ['an absolute path', text({ ...good, val: [['C:\\b', 0, 'ant']] }), /leaves the image folder/],
    ['a path elsewhere', text({ ...good, val: [['/other/b', 0, 'ant']] }), /leaves the image folder \/data/],
    [
      'two names of a label',
      text({ ...good, train: [...good.train, ['c', 0, 'emu']] }),
      /“emu”; before, it was “ant”/,
    ],
    [
      'a label without training images',
      text({ ...good, test: [['c', 7, 'emu']] }),
      /label 7, which no training/,
    ],
    ['a gap in the labels', text({ ...good, train: [...good.train, ['c', 3, 'emu']] }), /label 2 is missing/],
    ['an empty train list', text({ train: [], val: [], test: [] }), /empty list “train”/],
  ];
  for (const [what, content, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseCoopSplit(content, 's.json', '/data'), codedError('split.invalid', message));
    });
  }

  it('answers any JSON with a split or split.invalid', () => {
    fc.assert(
      fc.property(fc.json(), json => {
        try {
          parseCoopSplit(json, 's.json', '/data');
        } catch (error) {
          assert.ok(error instanceof CoopError && error.code === 'split.invalid', String(error));
        }
      }),
    );
  });

  it('has default fractions that sum to a hundred', () => {
    assert.equal(DEFAULT_FRACTIONS.pool + DEFAULT_FRACTIONS.dev + DEFAULT_FRACTIONS.test, 100);
  });
});

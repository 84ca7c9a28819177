import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCoopSplit } from '../../../src/engine/dataset/coop-split';
import { drawFewShot } from '../../../src/engine/dataset/draw-shots';

const FOLDER = path.resolve('test/fixtures/coop-splits');

interface Published {
  /** Images of train, val and test. */
  readonly parts: Readonly<Record<string, readonly [number, number, number]>>;
  /** sha256 over the drawn paths, joined by line feeds. */
  readonly draws: Readonly<
    Record<
      string,
      readonly {
        readonly shots: number;
        readonly seed: number;
        readonly train: string;
        readonly val: string;
      }[]
    >
  >;
}

const published = JSON.parse(readFileSync(path.join(FOLDER, 'published-draws.json'), 'utf8')) as Published;
const hashOf = (paths: readonly string[]) => createHash('sha256').update(paths.join('\n')).digest('hex');

describe('the few-shot sets that CoOp’s code drew', () => {
  for (const [name, draws] of Object.entries(published.draws)) {
    it(`are drawn from ${name}, for all shots and seeds`, () => {
      const file = `split_zhou_${name}.json`;
      const json = gunzipSync(readFileSync(path.join(FOLDER, `${file}.gz`))).toString('utf8');
      const { entries } = parseCoopSplit(json, file, '/data');
      const of = (part: string) =>
        entries.filter(entry => entry.part === part).map(entry => ({ ...entry, hash: 'equal' }));
      const [pool, dev, test] = [of('pool'), of('dev'), of('test')];
      assert.deepEqual([pool.length, dev.length, test.length], published.parts[name]);
      assert.equal(draws.length, 15);
      for (const { shots, seed, train, val } of draws) {
        const drawn = drawFewShot({ pool, dev, published: true }, shots, seed);
        assert.equal(hashOf(drawn.train.map(image => image.path)), train, `${shots} shots, seed ${seed}`);
        assert.equal(hashOf(drawn.val.map(image => image.path)), val, `${shots} shots, seed ${seed}, val`);
      }
    });
  }
});

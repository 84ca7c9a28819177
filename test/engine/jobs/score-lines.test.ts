import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { scoreLines, widening } from '../../../src/engine/jobs/score-lines';
import { openProject } from '../../../src/engine/task/open-project';
import { RecentFeatures } from '../../../src/engine/task/recent-features';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import type { LineScore } from '../../../src/shared/contracts/protocol';
import { root } from '../../support/root';

const sample = path.join(root, 'media/sample');
const HEAD = '@images ./images/groups\n@model icon-clip\n@split 10/80/10 seed 1\n';
const lines = ['a photo of a {}.', 'an icon of a {}.', '@ensemble both'];
const project = openProject({
  path: path.join(sample, 'large.prompts'),
  text: `${HEAD}${lines[0]}\n${lines[1]}\n@ensemble both (\n${lines[0]}\n${lines[1]}\n)\n`,
});

describe('scoring of lines', () => {
  const shelf = new TaskShelf();

  it('widens from 200 images to all', () => {
    assert.deepEqual(widening(150), [150]);
    assert.deepEqual(widening(200), [200]);
    assert.deepEqual(widening(10_000), [200, 800, 3200, 10_000]);
  });

  it('gives every line’s score on a stratified 200 first, marked as partial, then on all', async () => {
    const seen: LineScore[] = [];
    const { scores, images } = await scoreLines({ project, lines, shelf }, {}, score => seen.push(score));
    const numbers = seen.map(({ line, result }) => {
      assert.ok(result.ok);
      return [line, result.complete, result.accuracy.n];
    });
    assert.deepEqual(numbers, [
      ...lines.map(line => [line, false, 200]),
      ...lines.map(line => [line, true, images]),
    ]);
    assert.deepEqual(scores, seen.slice(lines.length));
    assert.ok(images > 600);
    const [first] = scores;
    assert.ok(first!.result.ok);
    assert.ok(first!.result.tokens.text.includes(first!.result.tokens.className));
    for (const { folder, name } of first!.result.worst) {
      assert.ok(statSync(folder).isDirectory());
      assert.equal(path.basename(folder).replaceAll('_', ' '), name);
    }
  });

  it('stops at once when it is superseded', async () => {
    const abort = new AbortController();
    let seen = 0;
    const scoring = scoreLines({ project, lines, shelf }, { signal: abort.signal }, () => {
      seen += 1;
      abort.abort();
    });
    await assert.rejects(scoring, { name: 'AbortError' });
    assert.equal(seen, 1);
  });

  it('keeps the features of the templates used last, within a limit', () => {
    const of = (text: string) => ({
      features: new Float32Array(4),
      longest: { tokens: 3, className: 'x', text },
    });
    const recent = new RecentFeatures(2 * 16);
    recent.set('a', of('a'));
    recent.set('b', of('b'));
    assert.equal(recent.get('a')?.longest.text, 'a');
    recent.set('c', of('c'));
    assert.equal(recent.get('b'), undefined);
    assert.deepEqual(recent.get('a')?.longest.text, 'a');
  });
});

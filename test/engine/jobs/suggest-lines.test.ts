import assert from 'node:assert/strict';
import path from 'node:path';
import { judgeSuggestion } from '../../../src/engine/jobs/judge-suggestion';
import { scoreLines } from '../../../src/engine/jobs/score-lines';
import { suggestLines } from '../../../src/engine/jobs/suggest-lines';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import type { Suggestion } from '../../../src/shared/contracts/suggest';
import { publishedSet } from '../../../src/shared/template/published-sets';
import { root } from '../../support/root';

describe('suggestions for a line', () => {
  const text =
    '@images ./images/groups\n@model icon-clip\na photo of a {}.\nan icon of a {}.\n@ensemble chosen (\n';
  const document = (more = 'a {}\n)\n') =>
    openProject({ path: path.join(root, 'media/sample/suggest.prompts'), text: text + more });
  const shelf = new TaskShelf();

  it('are as good on dev images as they are said to be, the best first, and none is scored on test', async () => {
    const seen: Suggestion[] = [];
    const result = await suggestLines(document(), {}, shelf, {}, more => seen.push(...more));
    assert.equal(result.base.line, 'a photo of a {}.');
    assert.equal(new Set(seen.map(({ line }) => line)).size, seen.length);
    for (const line of publishedSet('imagenet80')!)
      assert.ok(line === result.base.line || seen.some(each => each.line === line), line);
    for (const source of ['published', 'insert', 'replace', 'drop'])
      assert.ok(
        seen.some(each => each.source === source),
        source,
      );
    const accuracies = result.suggestions.map(({ accuracy }) => accuracy);
    assert.deepEqual(
      accuracies,
      [...accuracies].sort((a, b) => b - a),
    );
    assert.equal(accuracies[0], Math.max(...seen.map(({ accuracy }) => accuracy)));
    const some = result.suggestions.slice(0, 5);
    const lines = some.map(({ line }) => line);
    const { scores } = await scoreLines({ project: document(), lines, shelf });
    for (const [at, { result: score }] of scores.entries()) {
      assert.ok(score.ok);
      assert.equal(score.accuracy.value, some[at]!.accuracy);
      assert.ok(Math.abs(score.delta!.difference - some[at]!.difference) < 1e-12);
      assert.equal(score.delta!.p, some[at]!.p);
      assert.ok(some[at]!.adjustedP >= some[at]!.p);
    }
    assert.ok(result.compared > seen.length);

    const { ensemble } = result;
    assert.ok(ensemble !== null && ensemble.lines.length > 1);
    const chosen = document(`${ensemble.lines.join('\n')}\n)\n`);
    const both = { project: chosen, lines: ['@ensemble chosen'], shelf };
    const [score] = (await scoreLines(both)).scores;
    assert.ok(score!.result.ok && score!.result.accuracy.value === ensemble.accuracy);

    const judged = await judgeSuggestion(
      document(),
      { lines: ensemble.lines, compared: result.compared },
      shelf,
    );
    const [onTest] = (await scoreLines({ ...both, part: 'test' })).scores;
    assert.ok(onTest!.result.ok);
    assert.equal(judged.accuracy.value, onTest!.result.accuracy.value);
    assert.deepEqual(judged.delta, onTest!.result.delta);
    assert.equal(judged.selection.dev.difference, ensemble.difference);
    assert.equal(judged.selection.dev.adjustedP, Math.min(1, ensemble.p * result.compared));
    assert.equal(judged.selection.random.lines, 20);
  });

  it('improve the line asked for, and put in more words where they are asked for', async () => {
    const line = 'an icon of a {}.';
    const seen = (words: number) => {
      const lines: string[] = [];
      return suggestLines(document(), { line, words }, shelf, {}, more =>
        lines.push(...more.map(each => each.line)),
      ).then(({ base }) => {
        assert.equal(base.line, line);
        return lines;
      });
    };
    const [few, more] = [await seen(0), await seen(30)];
    assert.ok(few.every(each => each !== line) && more.length > few.length);
    assert.ok(!few.includes('an icon day of a {}.') && more.includes('an icon day of a {}.'));
  });

  it('choose the same ensemble among the published ones whichever of them is to be improved', async () => {
    const { ensemble } = await suggestLines(document(), {}, shelf);
    const [best] = ensemble!.lines;
    const other = await suggestLines(document(), { line: best! }, shelf);
    assert.deepEqual(other.ensemble!.lines, ensemble!.lines);
    assert.equal(other.ensemble!.accuracy, ensemble!.accuracy);
  });

  it('stop at once, and refuse what is no plain line', async () => {
    const stop = new AbortController();
    let calls = 0;
    await assert.rejects(
      suggestLines(document(), {}, shelf, { signal: stop.signal }, () => {
        calls += 1;
        stop.abort();
      }),
      { name: 'AbortError' },
    );
    assert.equal(calls, 1);
    for (const line of ['[V:16] {}.', 'no class', '[words:4] {}'])
      await assert.rejects(suggestLines(document(), { line }, shelf), { code: 'template.syntax' });
  });
});

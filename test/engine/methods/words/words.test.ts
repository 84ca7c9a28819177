import assert from 'node:assert/strict';
import path from 'node:path';
import { correctShare } from '../../../../src/engine/measure/correct-share';
import type { Assignment, LearnIo, Saved } from '../../../../src/engine/methods/parts/method';
import { wordsSpec } from '../../../../src/engine/methods/words/default-words';
import { WordScores } from '../../../../src/engine/methods/words/score-words';
import { linesOfTensor, textTensor } from '../../../../src/engine/methods/words/text-tensors';
import { commonWords } from '../../../../src/engine/methods/words/word-list';
import { words } from '../../../../src/engine/methods/words/words';
import { FallingDevice } from '../../../../src/engine/runtime/falling-device';
import { openProject } from '../../../../src/engine/task/open-project';
import { findLine } from '../../../../src/engine/task/prompt-lines';
import { TaskShelf } from '../../../../src/engine/task/task-shelf';
import type { WordsChoice, WordsSpec } from '../../../../src/shared/contracts/method-spec';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { isPlain } from '../../../../src/shared/template/syntax';
import { root } from '../../../support/root';
import { SIGLIP } from '../../support/siglip-golden';

describe('learning real words', () => {
  const project = openProject({
    path: path.join(root, 'media/sample/words.prompts'),
    text: '@images ./images/groups\n@model icon-clip\na photo of a {}.\n',
  });
  const shelf = new TaskShelf();
  const few: WordsChoice = { words: 400, first: 20, pool: 60, tries: 30, chains: 3, shots: 8 };

  async function learned(
    line: string,
    choice: WordsChoice,
    io: Partial<LearnIo> = {},
    from: Saved | null = null,
  ) {
    const task = await shelf.open(project);
    const assignment: Assignment<WordsSpec> = {
      spec: wordsSpec({ ...few, ...choice }),
      template: parseTemplate(line).template!,
      baseline: findLine(project.document, 'a photo of a {}.'),
    };
    const learner = await words.begin(task, assignment, {
      device: new FallingDevice('cpu', [], () => undefined),
      threads: 1,
      onStep: () => undefined,
      onEpoch: async () => undefined,
      onCheckpoint: async () => undefined,
      ...io,
    });
    return { task, assignment, one: await learner.learn(1, from) };
  }

  it('the list has 10,000 words, each once, in small letters', async () => {
    const list = await commonWords();
    assert.equal(list.length, 10_000);
    assert.equal(new Set(list).size, list.length);
    assert.ok(list.every(word => /^[a-z]{2,}$/.test(word)));
  });

  it('scores many candidates together as each alone, wherever the slot is', async () => {
    const task = await shelf.open(project);
    const images = await task.shots(8, 1);
    for (const line of ['[words:4] {}.', 'a photo of a {}, [words:4].']) {
      const template = parseTemplate(line).template!;
      const asked = ['small', 'small yellow', 'flat icon', 'large'];
      const together = await new WordScores(task, template).of(asked, images, {});
      for (const [at, filling] of asked.entries()) {
        const { features } = await task.text(line.replace('[words:4]', filling));
        const { predictions, probabilities } = task.answer(images, features);
        const losses = [...images.labels].map(
          (label, i) => -Math.log(probabilities[i * task.classes.names.length + label]!),
        );
        assert.equal(together[at]!.accuracy, Math.fround(correctShare(predictions, images.labels)));
        const loss = losses.reduce((a, b) => a + b, 0) / losses.length;
        assert.ok(Math.abs(together[at]!.loss - loss) < 1e-4, `${together[at]!.loss} ${loss}`);
      }
    }
  });

  it('on a SigLIP, of two lines that are right as often the one that tells classes further apart is better', async () => {
    const siglip = openProject({
      path: path.join(root, 'media/sample/words.prompts'),
      text: `@images ./images/groups\n@model ${path.join(SIGLIP, 'siglip')}\na photo of a {}.\n`,
    });
    const task = await shelf.open(siglip);
    const images = await task.shots(2, 1);
    const scores = new WordScores(task, parseTemplate('[words:1] {}.').template!);
    const [texts] = await scores.texts(['flat']);
    const logits = task.model.similarity.logits(images.features, texts!);
    const classes = task.classes.names.length;
    const losses = [...images.labels].map((label, i) => {
      const row = [...logits.subarray(i * classes, (i + 1) * classes)];
      return Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - row[label]!), 0));
    });
    const { accuracy, loss } = scores.fit(texts!, images);
    assert.equal(accuracy, Math.fround(correctShare(task.answer(images, texts!).predictions, images.labels)));
    assert.ok(Math.abs(loss - losses.reduce((a, b) => a + b, 0) / losses.length) < 1e-5, String(loss));
  });

  it('finds plain lines, the best on dev images first, and answers as that line does', async () => {
    const { task, assignment, one } = await learned('[words:3] {}.', {});
    const lines = words.plain!.found(one, assignment);
    assert.ok(lines.length > 1 && lines.length <= 3 && lines.every(isPlain));
    for (const { line } of lines) assert.match(line, /^[a-z]+( [a-z]+){0,2} \{\}\.$/);
    const dev = await task.features('dev');
    const shares: number[] = [];
    for (const { line } of lines)
      shares.push(correctShare(task.answer(dev, (await task.text(line)).features).predictions, dev.labels));
    assert.equal(shares[0], Math.max(...shares));
    const test = await task.features('test');
    const { features } = await task.text(lines[0]!.line);
    const opened = (await words.open(one, task, assignment)).answer(test);
    assert.deepEqual(opened.predictions, task.answer(test, features).predictions);
    assert.equal(one.figures['compared'], lines.length);
    assert.ok(one.figures['candidates']! > 400);
    // The tower was evaluated for the choice, too.
    assert.ok(one.figures['evaluations']! > one.figures['candidates']! + lines.length);
    const random = await words.plain!.random(5, one, assignment);
    const length = lines[0]!.line.split(' ').length;
    assert.ok(random.length === 5 && random.every(({ line }) => line.split(' ').length === length));
  });

  it('goes on from any checkpoint to the same lines', async () => {
    const saved: Saved[] = [];
    const whole = await learned(
      '[words:3] {}.',
      {},
      { checkpointEveryMs: 0, onCheckpoint: async at => void saved.push(at) },
    );
    assert.ok(saved.length > 3);
    for (const from of [saved[0]!, saved.at(-2)!, saved.at(-1)!]) {
      const { one } = await learned('[words:3] {}.', {}, {}, from);
      assert.deepEqual(one, whole.one);
    }
  });

  it('stops at once, and refuses a checkpoint that is not its own', async () => {
    const stop = new AbortController();
    await assert.rejects(
      learned('[words:3] {}.', {}, { signal: stop.signal, onEpoch: async () => stop.abort() }),
      { name: 'AbortError' },
    );
    const tensors = new Map([
      ['fits', new Float32Array(3)],
      ['words', new Float32Array(0)],
    ]);
    await assert.rejects(learned('[words:3] {}.', {}, {}, { tensors, figures: {} }), { code: 'run.corrupt' });
  });

  it('phrases read as language, at most as long as the slot', async () => {
    const { assignment, one } = await learned('[words:4] {}.', { list: 'phrases', words: 300 });
    const lines = words.plain!.found(one, assignment).map(({ line }) => line);
    assert.ok(lines.length >= 1);
    for (const line of lines) assert.match(line, /^(a|an|the|art|itap|graffiti)( [a-z-]+){0,3} \{\}\.$/);
    const short = await learned('[words:1] {}.', { list: 'phrases' });
    for (const { line } of words.plain!.found(short.one, short.assignment))
      assert.match(line, /^(a|the) \{\}\.$/);
  });

  it('words in a checkpoint are words: nothing else is read as one', () => {
    assert.deepEqual(linesOfTensor(textTensor(['a photo of', 'café'])), ['a photo of', 'café']);
    assert.deepEqual(linesOfTensor(undefined), []);
    for (const line of ['a {}', '@images /etc', 'x  y', '<pets>', 'a\u001bb', '[V:4]'])
      assert.throws(() => linesOfTensor(textTensor([line])), { code: 'run.corrupt' });
  });
});

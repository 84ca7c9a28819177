import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { answerLines, writeAnswersTable } from '../../../src/engine/jobs/answers-table';
import { type AnswersToWrite, answersBytes, readAnswers } from '../../../src/files/runs/run-answers';
import { writeSafetensors } from '../../../src/files/tensors/write-safetensors';
import { answersHeadText } from '../../../src/shared/contracts/run-answers';

const CLASSES = ['cat', 'dog, big', '=1+1', 'd', 'e', 'f', 'g'];
const part = (paths: string[]) => ({ paths, labels: Int32Array.from(paths, (_, i) => i % CLASSES.length) });
/** Answers that are right for every second image, with probabilities that are all different. */
const answered = ({ labels }: { labels: Int32Array }) => {
  const predictions = labels.map((label, i) => (i % 2 === 0 ? label : (label + 1) % CLASSES.length));
  const probabilities = new Float64Array(labels.length * CLASSES.length);
  for (const [i, prediction] of predictions.entries())
    for (let c = 0; c < CLASSES.length; c++)
      probabilities[i * CLASSES.length + c] = c === prediction ? 0.5 : (c + 1) / 64;
  return { predictions, probabilities };
};
const [dev, test] = [part(['a/1.jpg']), part(['cat/"x".jpg', 'b/2.jpg', 'c/3.jpg'])];
const ANSWERS: AnswersToWrite = {
  classes: CLASSES,
  train: [{ seed: 1, images: ['t/1.jpg', '-t/2.jpg'] }],
  dev,
  test,
  rows: [
    { kind: 'template', label: 'a {}.', seed: null, dev: answered(dev), test: answered(test) },
    { kind: 'learned', label: '<pets> {}.', seed: 1, dev: answered(dev), test: answered(test) },
  ],
};

describe('answers of a run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-answers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const store = (bytes: Uint8Array) => writeFileSync(path.join(folder, 'answers.safetensors'), bytes);

  it('come back as they were written', async () => {
    store(answersBytes(ANSWERS, folder));
    const read = await readAnswers(folder);
    assert.deepEqual(read.classes, CLASSES);
    assert.deepEqual(read.train, ANSWERS.train);
    assert.deepEqual(read.test, { paths: test.paths, labels: [...test.labels] });
    assert.deepEqual(
      read.rows.map(({ label, seed }) => [label, seed]),
      [
        ['a {}.', null],
        ['<pets> {}.', 1],
      ],
    );
    const [row] = read.rows;
    assert.deepEqual(row!.test.answers, [...ANSWERS.rows[0]!.test.predictions]);
    assert.deepEqual(row!.test.probabilities.flat(), [...ANSWERS.rows[0]!.test.probabilities]);
    assert.equal(row!.test.likeliest, undefined);
  });

  it('keep the likeliest classes where all would be too many', async () => {
    store(answersBytes(ANSWERS, folder, 10));
    const { rows } = await readAnswers(folder);
    const { answers, probabilities, likeliest } = rows[1]!.test;
    for (const [i, order] of likeliest!.entries()) {
      assert.equal(order.length, 5);
      assert.equal(order[0], answers[i]);
      assert.deepEqual(
        probabilities[i],
        order.map(c => ANSWERS.rows[1]!.test.probabilities[i * CLASSES.length + c]!),
      );
      assert.deepEqual(
        [...probabilities[i]!].sort((a, b) => b - a),
        probabilities[i],
      );
    }
  });

  it('are one CSV line for each image, prompt and seed; no cell is a formula', async () => {
    store(answersBytes(ANSWERS, folder));
    const read = await readAnswers(folder);
    const lines = [...answerLines(read)];
    assert.equal(lines.length, 1 + 2 + 2 * 4);
    assert.ok(lines.every(line => line.length === 9 + CLASSES.length));
    const file = path.join(folder, 'answers.csv');
    assert.equal(await writeAnswersTable(read, file), lines.length - 1);
    const text = readFileSync(file, 'utf8').split('\r\n');
    assert.equal(
      text[0],
      'part,path,class,kind,prompt,seed,answer,correct,probability,p cat,"p dog, big",p =1+1,p d,p e,p f,p g',
    );
    assert.equal(text[2], "train,'-t/2.jpg,,,,1,,,,,,,,,,");
    assert.equal(
      text[5],
      'test,"cat/""x"".jpg",cat,template,a {}.,,cat,1,0.5,0.5,0.03125,0.046875,0.0625,0.078125,0.09375,0.109375',
    );
    assert.ok(text[6]!.startsWith('test,b/2.jpg,"dog, big",template,a {}.,,\'=1+1,0,0.5,'));
  });

  it('of anyone are refused where they are not what their head says', async () => {
    const head = (change: object) => ({
      head: answersHeadText(
        { format: 1, classes: ['a', 'b'], train: [], dev: [], test: ['x'], rows: [], kept: 2, ...change },
        folder,
      ),
    });
    const row = { kind: 'template', label: 'a {}', seed: null } as const;
    const tensors = (label: number, share: number, shape = [1, 2]) =>
      new Map([
        ['dev.labels', { shape: [0], data: new Float32Array(0) }],
        ['test.labels', { shape: [1], data: Float32Array.of(label) }],
        ['dev.0.answers', { shape: [0], data: new Float32Array(0) }],
        ['test.0.answers', { shape: [1], data: Float32Array.of(label) }],
        ['dev.0.probabilities', { shape: [0, 2], data: new Float32Array(0) }],
        ['test.0.probabilities', { shape, data: Float32Array.of(share, share) }],
      ]);
    store(writeSafetensors(tensors(1, 0.5), head({ rows: [row] })));
    assert.equal((await readAnswers(folder)).rows.length, 1);
    for (const bad of [
      tensors(2, 0.5),
      tensors(0.5, 0.5),
      tensors(Number.NaN, 0.5),
      tensors(1, 2),
      tensors(1, Number.NaN),
      tensors(1, 0.5, [2, 1]),
    ]) {
      store(writeSafetensors(bad, head({ rows: [row] })));
      await assert.rejects(readAnswers(folder), { code: 'run.corrupt' });
    }
    store(writeSafetensors(tensors(1, 0.5), { head: '{"format":1' }));
    await assert.rejects(readAnswers(folder), { code: 'run.corrupt' });
    rmSync(path.join(folder, 'answers.safetensors'));
    await assert.rejects(readAnswers(folder), { code: 'run.missing' });
  });
});

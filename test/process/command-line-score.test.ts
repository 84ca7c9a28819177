import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import type { PredictedImages } from '../../src/engine/jobs/predict-images';
import type { ImagePrediction, ScoreResult } from '../../src/shared/contracts/protocol';
import { CommandLine } from './support/command-line';
import { sampleProject } from './support/sample-project';

describe('command line: score, test, predict', () => {
  let cli: CommandLine;
  before(() => {
    cli = new CommandLine(sampleProject());
  });
  after(() => cli.remove());

  it('score gives every template its accuracy on the dev images', async () => {
    const { scores, images } = await cli.json<ScoreResult>('score', 'demo.prompts');
    assert.equal(images, 171);
    assert.equal(scores.length, 5);
    for (const { line, result } of scores) {
      assert.ok(result.ok, line);
      // open_clip's accuracies on all images lie between 23 and 28 %; 171 of them vary by a few points.
      assert.ok(result.accuracy.value > 0.18 && result.accuracy.value < 0.34);
      assert.equal(result.delta === null, line === 'a photo of a {}.');
    }
  });

  it('test says which templates reach what is expected of them', async () => {
    const document = (expected: string) => `@images ./images/groups\n@model icon-clip\n${expected}`;
    const file = cli.at('expecting.prompts');
    const outcomes = (stdout: string) =>
      (JSON.parse(stdout) as { tests: { line: string; outcome: string }[] }).tests.map(
        ({ line, outcome }) => `${line} ${outcome}`,
      );
    // On 171 dev images the sample's templates lie between 18 and 34 %.
    const met = '# expect: acc >= 0.18\na photo of a {}.\n';
    writeFileSync(file, document(met));
    assert.equal((await cli.run('test', 'expecting.prompts')).code, 0);
    writeFileSync(file, document(`${met}# expect: acc > 60 %\nan icon of a {}.\n`));
    const short = await cli.run('test', 'expecting.prompts', '--json');
    assert.equal(short.code, 5);
    assert.deepEqual(outcomes(short.stdout), ['a photo of a {}. met', 'an icon of a {}. short']);
    const table = await cli.run('test', 'expecting.prompts');
    assert.match(table.stdout, /^SHORT +an icon of a \{\}\. +> 60\.0 % +\d+\.\d %/m);
    assert.match(table.stdout, /^1 of 2 expectations met on 171 dev images$/m);
    writeFileSync(file, document(`${met}# expect: acc >= 0.1\n<none-such> {}.\n`));
    assert.equal((await cli.run('test', 'expecting.prompts')).code, 3);
    writeFileSync(file, document('a photo of a {}.\n'));
    const none = await cli.run('test', 'expecting.prompts');
    assert.equal(none.code, 3);
    assert.match(none.stderr, /expects nothing of its templates/);
    rmSync(file);
  });

  it('predict gives the likeliest classes of an image', async () => {
    const image = 'images/groups/food_and_drink/red-apple.jpg';
    const args = ['predict', image, '--prompts', 'demo.prompts', '--top', '8'];
    const { line, predictions } = await cli.json<{ line: string; predictions: ImagePrediction[] }>(...args);
    assert.equal(line, 'a photo of a {}.');
    const [only] = predictions;
    const probabilities = only!.classes.map(({ probability }) => probability);
    assert.deepEqual(
      probabilities,
      [...probabilities].sort((a, b) => b - a),
    );
    const sum = probabilities.reduce((total, probability) => total + probability);
    assert.ok(Math.abs(sum - 1) < 1e-9, 'the eight classes are all there are');
    const missing = await cli.run('predict', 'none.jpg', '--prompts', 'demo.prompts');
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /none\.jpg/);
  });

  it('predict says “none of these” below a probability that dev images calibrate', async () => {
    const image = 'images/groups/food_and_drink/red-apple.jpg';
    const predicted = (...options: string[]) =>
      cli.json<PredictedImages>('predict', image, '--prompts', 'demo.prompts', ...options);
    const plain = await predicted();
    assert.equal(plain.calibration, undefined);
    const all = await predicted('--calibrated');
    const { temperature, images, answered } = all.calibration!;
    assert.deepEqual([images, answered.answered], [171, 171]);
    const [before, after] = [plain, all].map(({ predictions }) => predictions[0]!.classes);
    assert.deepEqual(
      after!.map(({ name }) => name),
      before!.map(({ name }) => name),
    );
    // Odds are those of the logits divided by the temperature.
    const odds = (classes: typeof before) => Math.log(classes![0]!.probability / classes![1]!.probability);
    assert.ok(Math.abs(odds(after) * temperature - odds(before)) < 1e-9);
    const sure = after![0]!.probability;
    const [under, over] = [
      await predicted('--threshold', `${sure - 0.01}`),
      await predicted('--threshold', `${sure + 0.01}`),
    ];
    assert.equal(under.predictions[0]!.noneOfThese, undefined);
    assert.equal(over.predictions[0]!.noneOfThese, true);
    assert.ok(over.calibration!.answered.answered <= under.calibration!.answered.answered);
    const { stdout } = await cli.run('predict', image, '--prompts', 'demo.prompts', '--threshold', '0.99');
    assert.match(stdout, /red-apple\.jpg +none of these/);
    assert.match(stdout, /calibrated on 171 dev images/);
    assert.equal(
      (await cli.run('predict', image, '--prompts', 'demo.prompts', '--threshold', '1.1')).code,
      2,
    );
  });
});

import assert from 'node:assert/strict';
import { improveLines } from '../../../src/shared/asking/improve-lines';
import { linesOfAnswer, questionFor } from '../../../src/shared/asking/question';

const worth = (line: string) => line.length / 1000;
const scored = (line: string) => ({ line, accuracy: worth(line) });

describe('a language model as optimiser', () => {
  it('is shown the three best and the three worst with their accuracies, and nothing else of the task', () => {
    const question = questionFor(
      ['a {}', 'b {}', 'c {}', 'd {}', 'e {}', 'f {}', 'g {}'].map((line, at) => ({
        line,
        accuracy: 0.9 - at / 10,
      })),
    );
    for (const shown of ['- a {} (90.0 %)', '- c {} (70.0 %)', '- e {} (50.0 %)', '- g {} (30.0 %)'])
      assert.ok(question.includes(shown), question);
    assert.ok(!question.includes('d {}'));
    assert.ok(!questionFor([scored('a {}')]).includes('worst'));
  });

  it('proposes lines that are data: marks are taken off, anything but short plain templates is passed over', () => {
    const answer = [
      'Here are better ones:',
      '1. a sketch of a {}.',
      '- “a bright {} on white”',
      '* `a {}, seen from above`',
      'a sketch of a {}.',
      'known {}',
      'no slot',
      '@images /etc {}',
      '# expect: acc >= 0.1 {}',
      '[V:16] {}',
      '[words:4] {}',
      '<pets> {}',
      '{} {kind}',
      '$(trash) {}',
      '[go](command:x) {}',
      'a \u202e{}',
      'a \u001b[31m{}',
      `${'long '.repeat(40)}{}`,
    ].join('\r\n');
    assert.deepEqual(linesOfAnswer(answer, new Set(['known {}'])), [
      'a sketch of a {}.',
      'a bright {} on white',
      'a {}, seen from above',
    ]);
    assert.equal(
      linesOfAnswer(Array.from({ length: 50 }, (_, at) => `a${at} {}`).join('\n'), new Set()).length,
      5,
    );
    assert.deepEqual(linesOfAnswer(`${' '.repeat(20_000)}\na {}`, new Set()), []);
  });

  it('goes ten rounds, each from the best and worst so far, and scores no line twice', async () => {
    const questions: string[] = [];
    const asked: string[] = [];
    const rounds: number[] = [];
    const all = await improveLines([scored('a {}')], {
      ask: async question => {
        questions.push(question);
        const [, best] = /- (.*) \(/.exec(question)!;
        return `${best}x\na {}\nnothing`;
      },
      score: async lines => {
        asked.push(...lines);
        return lines.map(scored);
      },
      onRound: round => rounds.push(round) > 0,
    });
    assert.deepEqual(rounds, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(questions.length, 10);
    assert.deepEqual(
      asked,
      all.map(({ line }) => line),
    );
    assert.equal(new Set(asked).size, 10);
    assert.equal(all.at(-1)!.line, `a {}${'x'.repeat(10)}`);
  });

  it('ends when it is told to, and with the model’s own failure', async () => {
    let asked = 0;
    const answers = {
      ask: async () => `b${asked++} {}`,
      score: async (lines: readonly string[]) => lines.map(scored),
    };
    assert.equal((await improveLines([], { ...answers, onRound: round => round < 3 })).length, 3);
    const refused = {
      ...answers,
      ask: () => Promise.reject(new Error('no permission')),
      onRound: () => true,
    };
    await assert.rejects(improveLines([], refused), /no permission/);
  });
});

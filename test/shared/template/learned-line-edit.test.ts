import assert from 'node:assert/strict';
import { defaultRecipe } from '../../../src/engine/methods/coop/default-recipe';
import { learnedLine } from '../../../src/files/runs/learned-line';
import { learnedLineEdit } from '../../../src/shared/template/learned-line-edit';
import { parsePrompts } from '../../../src/shared/template/parse-prompts';

const DOCUMENT = '@images ./x\na photo of a {}.\n[V:16] {}.  \n\n@ensemble e (\n  a {}\n)\n# the end';

async function applied(text: string, replaces: string, template = replaces, started = text): Promise<string> {
  const document = { path: '/x/pets.prompts', text: started };
  const line = await learnedLine('/x/run', { template, name: 'pets', recipe: defaultRecipe() });
  const { start, end, text: put } = learnedLineEdit(text, { document, replaces }, line);
  return text.slice(0, start) + put + text.slice(end);
}

describe('the learned line in its document', () => {
  it('takes the place of the one it was learned for, blanks around it stay', async () => {
    assert.equal(await applied(DOCUMENT, '[V:16] {}.'), DOCUMENT.replace('[V:16] {}.', '<pets> {}.'));
    assert.equal(await applied(`  ${'a photo of a {}.'}`, 'a photo of a {}.', '[V:16] {}.'), '  <pets> {}.');
  });

  it('is put in after the last template when its own was never there', async () => {
    const put = await applied(DOCUMENT, '[V:4] {} here');
    assert.equal(put, DOCUMENT.replace('[V:16] {}.  \n', '[V:16] {}.  \n<pets> {} here\n'));
    const { templates, ensembles } = parsePrompts(put);
    assert.deepEqual(
      templates.map(({ line }) => line),
      ['a photo of a {}.', '[V:16] {}.', '<pets> {} here'],
    );
    assert.equal(ensembles[0]!.templates.length, 1);
    assert.equal(await applied('a {}\r\n# end\r\n', '[V:4] {}'), 'a {}\r\n<pets> {}\r\n# end\r\n');
    assert.equal(await applied('a {}', '[V:4] {}'), 'a {}\n<pets> {}');
    assert.equal(await applied('@images ./x', '[V:4] {}'), '@images ./x\n<pets> {}\n');
    assert.equal(await applied('', '[V:4] {}'), '<pets> {}\n');
  });

  it('is one line, whatever a run’s file says', async () => {
    for (const end of ['\n', '\r', '\u2028', '\u0085'])
      await assert.rejects(() => applied(DOCUMENT, '[V:16] {}.', `[V:4] {}${end}@images /home`), {
        code: 'run.corrupt',
      });
  });

  it('changes nothing where it stands already', async () => {
    const once = await applied(DOCUMENT, '[V:4] {}');
    assert.equal(await applied(once, '[V:4] {}', '[V:4] {}', DOCUMENT), once);
  });

  it('is refused where its line was, and somebody took it out', async () => {
    const gone = DOCUMENT.replace('[V:16] {}.', 'a {}!');
    await assert.rejects(() => applied(gone, '[V:16] {}.', '[V:16] {}.', DOCUMENT), {
      code: 'template.syntax',
      message: 'The line “[V:16] {}.” is no longer in /x/pets.prompts.',
    });
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { classPrompts } from '../../../src/engine/descriptors/class-prompts';
import { readDescriptors } from '../../../src/engine/descriptors/read-descriptors';
import { vocabularyWords } from '../../../src/engine/descriptors/vocabulary-words';
import { waffleDescriptors } from '../../../src/engine/descriptors/waffle';
import { whichDescriptor } from '../../../src/engine/descriptors/which-descriptor';
import { embedTexts } from '../../../src/engine/jobs/embed';
import { openProject } from '../../../src/engine/task/open-project';
import { findLine } from '../../../src/engine/task/prompt-lines';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { parsePrompts } from '../../../src/shared/template/parse-prompts';
import { root } from '../../support/root';

describe('descriptors', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-descriptors-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (text: string) => {
    const place = path.join(folder, 'd.json');
    writeFileSync(place, text);
    return place;
  };

  it('of classes by their names as CLIP reads them', async () => {
    const place = file(
      '\ufeff{"Sea_Lion": [" one ", "two", ""], "caf\u00e9": ["three"], "none": [], "other": ["four"]}',
    );
    const { descriptors, unknown } = await readDescriptors(place, ['cafe\u0301', 'sea  lion']);
    assert.deepEqual(descriptors, [['three'], ['one', 'two']]);
    assert.deepEqual(unknown, ['none', 'other']);
  });

  it('are refused where a class has none, and where the file is another one', async () => {
    const refused = async (text: string, message: RegExp, names = ['a', 'b', 'c']) =>
      assert.rejects(readDescriptors(file(text), names), { code: 'descriptors.invalid', message });
    await refused('{"a": ["x"], "b": []}', /says nothing of 2 of 3 classes: “b”, “c”/);
    await refused('{}', /says nothing of any of 3 classes/);
    await refused('{"a": ["x"], "A": ["y"], "b": ["x"], "c": ["x"]}', /“a” and “A” are one class/);
    await refused('{"a": ["x"], "a": ["y"]}', /“a” stands twice/);
    await refused('{"a": "x"}', /“a” has no list of texts/);
    await refused('{"a": [1]}', /“a” has no list of texts/);
    await refused('["a"]', /no object/);
    await refused('{"a"', /no JSON/);
    await assert.rejects(readDescriptors(path.join(folder, 'nowhere.json'), ['a']), { code: 'file.access' });
  });

  it('become clauses by the rule of Menon and Vondrick', () => {
    for (const [descriptor, clause] of [
      ['four-limbed primate', 'which has four-limbed primate'],
      ['a long tail', 'which is a long tail'],
      ['an arrow', 'which is an arrow'],
      ['antennae', 'which is antennae'],
      ['has wings', 'which has wings'],
      ['often red', 'which often red'],
      ['typically round', 'which typically round'],
      ['may have a handle', 'which may have a handle'],
      ['can fly', 'which can fly'],
      ['used to cut', 'which is used to cut'],
      ['Black', 'which has Black'],
    ] as const)
      assert.equal(whichDescriptor(descriptor), clause);
  });

  it('stand in a template with the class’s name and columns', async () => {
    file('{"cat": ["a tail", "fur"], "oak tree": ["leaves"]}');
    const [line] = parsePrompts(
      '@descriptors d.json template a {kind}, {}: {descriptor}, {which_descriptor}.',
    ).directives.descriptors;
    const classes = { names: ['cat', 'oak tree'], columns: new Map([['kind', ['pet', 'plant']]]) };
    const { prompts, note } = await classPrompts(line!.source, folder, classes);
    assert.deepEqual(prompts, [
      ['a pet, cat: a tail, which is a tail.', 'a pet, cat: fur, which has fur.'],
      ['a plant, oak tree: leaves, which has leaves.'],
    ]);
    assert.equal(note, null);
  });

  it('have random words as their control: as many, the same for all classes, of the authors’ lengths', async () => {
    // Words a class 1, 2, 2: mean 1.67, so 2. Letters a word: means 3, 3.5, 4: 3.5, and NumPy rounds it to 4.
    // Blanks 0, 1, 1: 0.67, so 1 + 1 groups. Longest words 3, 4, 5: 4, and 2 more as the authors add.
    const names = ['cat', 'oak tree', 'red panda'];
    const descriptors = [['b, b.', 'c', 'd'], ['d e'], ['b', 'e']];
    const words = await vocabularyWords();
    const material = { names, descriptors, words, seed: 1 };
    const random = waffleDescriptors(material);
    assert.deepEqual(
      random.map(({ length }) => length),
      [3, 1, 2],
    );
    assert.equal(random[1]![0], random[0]![0]);
    assert.deepEqual(random[2], random[0]!.slice(0, 2));
    const cut = new Set(words.map(word => word.slice(0, 4)));
    for (const at of [0, 2]) {
      const drawn = random[0]![at]!.split(' ');
      assert.equal(drawn.length, 2);
      assert.ok(
        drawn.every(word => cut.has(word)),
        random[0]![at],
      );
    }
    assert.match(random[0]![1]!, /^[bcde]{3}, [bcde]{3}$/);
    assert.deepEqual(waffleDescriptors(material), random);
    assert.notDeepEqual(waffleDescriptors({ ...material, seed: 2 }), random);
  });

  it('draw from common words', async () => {
    const words = await vocabularyWords();
    assert.equal(new Set(words).size, 10_000);
    assert.ok(words.slice(0, 10).includes('the') && words.includes('photo'));
  });

  it('are averaged as unit vectors, and too long ones are cut', async () => {
    const names = [
      'activities',
      'animals and nature',
      'food and drink',
      'objects',
      'people and body',
      'smileys and emotion',
      'symbols',
      'travel and places',
    ];
    const long = `a photo of a ${'very '.repeat(90)}small thing`;
    const listed = Object.fromEntries(
      names.map((name, at) => [
        name,
        [`a photo of ${name}.`, `the number ${at}`, ...(at === 3 ? [long] : [])],
      ]),
    );
    file(JSON.stringify({ ...listed, extra: ['x'] }));
    const project = openProject({
      path: path.join(folder, 'x.prompts'),
      text: `@images ${root}/media/sample/images/groups\n@model ${root}/media/sample/icon-clip\na {}.\n@descriptors d.json\n`,
    });
    const task = await new TaskShelf().open(project);
    const warnings: string[] = [];
    const line = findLine(project.document, '@descriptors d.json');
    const { features, longest } = await task.text(line, { onWarning: each => warnings.push(each) });
    assert.deepEqual(warnings, [
      'd.json has 1 more class than the document: “extra”.',
      '1 prompt of @descriptors d.json has more than 77 tokens and is cut.',
    ]);
    assert.deepEqual([longest.tokens, longest.className], [77, 'objects']);
    const width = task.model.embedWidth;
    for (const [label, name] of names.entries()) {
      const units = await embedTexts(task.opened, listed[name]!);
      const mean = Array.from({ length: width }, (_, e) => {
        let sum = 0;
        for (let at = e; at < units.length; at += width) sum += units[at]!;
        return (sum * width) / units.length;
      });
      const length = Math.hypot(...mean);
      for (const [e, value] of mean.entries())
        assert.ok(Math.abs(features[label * width + e]! - value / length) < 1e-6);
    }
    // The file may change under its name.
    file(JSON.stringify(Object.fromEntries(names.map(name => [name, [`an icon of ${name}`]]))));
    const again = await task.text(line);
    assert.notDeepEqual(again.features, features);
    const single = await task.text('an icon of {}');
    assert.deepEqual(again.features, single.features);
  });
});

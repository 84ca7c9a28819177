import assert from 'node:assert/strict';
import { missingAxes } from '../../../src/engine/experiments/missing-axes';
import type { OpenedExperiment } from '../../../src/engine/experiments/read-experiment';
import { openProject } from '../../../src/engine/task/open-project';
import { FIGURES } from '../../../src/shared/contracts/experiment';

interface Grid {
  readonly figures?: OpenedExperiment['spec']['figures'];
  readonly layouts?: readonly string[];
  readonly methods?: OpenedExperiment['methods'];
  readonly shots?: readonly number[];
  readonly models?: readonly string[];
}

const project = openProject({ path: '/photos/a.prompts', text: '' });
/** The figures that are said not to be drawn, by name, with what they need. */
const missing = ({
  figures = FIGURES,
  layouts = [],
  methods = [],
  shots = [16],
  models = ['RN50'],
}: Grid): ReadonlyMap<string, string> =>
  new Map(
    missingAxes({
      spec: { title: 'T', figures },
      tasks: models.map(model => ({ dataset: 'a', model, project, written: true })),
      prompts: layouts.map((layout, at) => ({ name: `${at}`, layout, method: 'coop' })),
      methods,
      shots,
    }).map(sentence => {
      const [, name, needs] = /^The figure “(.+?)” is not drawn: it needs (.+)\.$/s.exec(sentence)!;
      return [name!, needs!];
    }),
  );

describe('figures that an experiment asks for', () => {
  it('are named where the grid has no axis for them, with what they need', () => {
    const all = missing({ layouts: ['[V:16] {}.'] });
    assert.deepEqual([...all.keys()], ['curves', 'context-length', 'backbones']);
    assert.equal(all.get('curves'), 'several numbers of “shots”, and the grid has 16 alone');
    assert.match(
      all.get('context-length')!,
      /^layouts in “prompts” that differ in their number of vectors alone/,
    );
    assert.equal(all.get('backbones'), 'several “models”, and the grid has one');
    assert.deepEqual([...missing({ layouts: ['[V:16] {}.'], shots: [4, 4] }).keys()].slice(0, 1), ['curves']);
  });

  it('need something that is learned', () => {
    const nothing = missing({ shots: [1, 2], models: ['a', 'b'] });
    assert.deepEqual([...nothing.keys()], [...FIGURES]);
    assert.match(nothing.get('curves')!, /^a layout in “prompts” or a method in “methods”/);
    const fits = missing({ shots: [1, 2], models: ['a', 'b'], methods: ['linear-probe'] });
    assert.deepEqual([...fits.keys()], ['gains', 'context-length']);
  });

  it('are none where the grid has their axes, or nothing was asked for by name', () => {
    const layouts = ['[V:4] {}.', '[V:16] {}.'];
    assert.deepEqual([...missing({ layouts, shots: [1, 2], models: ['a', 'b'] })], []);
    assert.deepEqual([...missing({ figures: ['gains'], layouts: ['[V] {}.'] })], []);
    assert.deepEqual(
      missingAxes({ spec: { title: 'T' }, tasks: [], prompts: [], methods: [], shots: [16] }),
      [],
    );
  });

  it('show lengths of layouts that differ in nothing else', () => {
    const lengths = (...layouts: string[]) => missing({ figures: ['context-length'], layouts }).size === 0;
    assert.ok(lengths('[V:4] {}.', '{} [V:4].', '[V:8] {}.'));
    // A plain prompt learns the default layout.
    assert.ok(lengths('a photo of a {}.', '[V:4] {}.'));
    assert.ok(!lengths('a photo of a {}.', '[V:16] {}.'));
    assert.ok(!lengths('[V:4] {}.', '{} [V:8].'));
    assert.ok(!lengths('[V:4] {} [V:8].', '[V:8] {} [V:4].'));
    assert.ok(!lengths('[V:4] {}.', '[V:4] {}.', 'no layout ['));
  });
});

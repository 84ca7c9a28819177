import assert from 'node:assert/strict';
import { matchClasses } from '../../../src/engine/dataset/match-classes';

const named = (...names: readonly (readonly [folder: string, name: string])[]) =>
  names.map(([folder, name]) => ({ folder, name }));

describe('classes of a target set', () => {
  const source = named(['n1', 'missile'], ['n2', 'tench'], ['n3', 'missile'], ['n4', 'sea lion']);

  it('are found by name as CLIP reads it, whatever their order and folders', () => {
    const { sourceOf, kept } = matchClasses(source, named(['b', 'Sea  Lion'], ['a', 'tench']), 'T');
    assert.deepEqual(
      [sourceOf, kept],
      [
        [3, 1],
        [1, 3],
      ],
    );
  });

  it('of one name are those of the same folders, else one after the other', () => {
    assert.deepEqual(matchClasses(source, named(['n3', 'missile'], ['n1', 'missile']), 'T').sourceOf, [2, 0]);
    assert.deepEqual(matchClasses(source, named(['0', 'missile'], ['2', 'missile']), 'T').sourceOf, [0, 2]);
  });

  it('that the source does not have are refused by name', () => {
    assert.throws(
      () => matchClasses(source, named(['x', 'otter'], ['y', 'tench'], ['n5', 'missile 2']), 'T'),
      { code: 'classes.invalid', message: /^T has classes that are not .*“otter”, “missile 2”\.$/ },
    );
  });
});

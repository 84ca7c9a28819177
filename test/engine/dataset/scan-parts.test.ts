import assert from 'node:assert/strict';
import { partOfName } from '../../../src/engine/dataset/part-names';
import { scanFolder } from '../../../src/engine/dataset/scan-folder';
import { ImageTree, picture, reasonsOf } from './support/image-tree';

describe('train, val and test folders', () => {
  let tree: ImageTree;
  beforeEach(() => {
    tree = new ImageTree();
  });
  afterEach(() => tree.remove());

  it('respects train, val and test folders', async () => {
    for (const [at, file] of [
      'Train/cat/a.jpg',
      'Train/dog/b.jpg',
      'valid/cat/c.jpg',
      'test/dog/d.jpg',
    ].entries())
      tree.put(file, picture(at));
    tree.put('test/loose.jpg', picture(4));
    tree.put('extra/cat/e.jpg', picture(5));
    const found = await tree.scan();
    assert.equal(found.layout, 'split-folders');
    assert.deepEqual(
      found.images.map(image => [image.path, image.label, image.part]),
      [
        ['Train/cat/a.jpg', 0, 'pool'],
        ['valid/cat/c.jpg', 0, 'dev'],
        ['Train/dog/b.jpg', 1, 'pool'],
        ['test/dog/d.jpg', 1, 'test'],
      ],
    );
    // Where a click on the class leads.
    assert.deepEqual(
      found.classes.map(({ place }) => place),
      ['Train/cat', 'Train/dog'],
    );
    assert.deepEqual(reasonsOf(found), [
      ['extra', 'no-class'],
      ['test/loose.jpg', 'no-class'],
    ]);
  });

  it('knows parts by the names that archives give them', async () => {
    const named = [
      ['training_set', 'test_set'],
      ['seg_train/seg_train', 'seg_test/seg_test'],
      ['Train', 'validation'],
      ['train-images', 'valset'],
      ['TrainingSet', 'TestSet'],
      ['train2017', 'val2017'],
      ['training', 'evaluation'],
    ];
    for (const [at, [first, second]] of named.entries()) {
      for (const [nth, place] of [first, second].entries())
        for (const [label, name] of ['cats', 'dogs'].entries())
          tree.put(`${at}/${place}/${name}/0.jpg`, picture(2 * nth + label));
      const found = await scanFolder(tree.at(String(at)), { memoryFolder: null });
      assert.deepEqual(
        [found.layout, found.classes.map(({ folder, count }) => [folder, count])],
        [
          'split-folders',
          [
            ['cats', 2],
            ['dogs', 2],
          ],
        ],
        first,
      );
      const inPool = found.images.filter(({ part }) => part === 'pool').map(image => image.path);
      assert.deepEqual(inPool, [`${first}/cats/0.jpg`, `${first}/dogs/0.jpg`]);
    }
    for (const name of ['test tube', 'train station', 'set', 'Testarossa', 'trainer', 'data', '2017'])
      assert.equal(partOfName(name), undefined, name);
  });

  it('tells a single train folder from a class of trains', async () => {
    tree.put('train/cat/a.jpg', picture(0));
    tree.put('train/dog/b.jpg', picture(1));
    assert.equal((await tree.scan()).layout, 'split-folders');
    tree.put('bus/c.jpg', picture(2));
    const found = await tree.scan();
    assert.equal(found.layout, 'classes');
    assert.deepEqual(
      found.classes.map(({ folder, count }) => [folder, count]),
      [
        ['bus', 1],
        ['train', 2],
      ],
    );
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { IMAGENET_NAMES } from '../../../src/engine/dataset/imagenet-names';
import { DATA_SETS } from '../../../src/engine/published/data-sets';
import { scanImages } from '../../../src/engine/published/scan-images';
import { surveyDataSets } from '../../../src/engine/published/survey';
import { drawsOf } from '../../../src/engine/task/draws';
import { loadDataset } from '../../../src/engine/task/load-dataset';
import { openProject } from '../../../src/engine/task/open-project';
import { CoopError } from '../../../src/shared/errors';
import { scanWarnings } from '../../../src/shared/verdicts/scan-warnings';
import { FakeData } from './support/fake-data';

const QUIET = { memoryFolder: null };

describe('data sets of the paper', () => {
  let root = '';
  let data: FakeData;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'coop-data-')));
    data = new FakeData(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const scan = (folder: string) => scanImages(path.join(root, folder), QUIET);
  const namesOf = async (folder: string) => (await scan(folder)).classes.map(({ name }) => name);
  const dataset = (folder: string, split = 'shots 16 seed 1') =>
    loadDataset(
      openProject({
        path: path.join(root, 'd.prompts'),
        text: `@images ${folder}\n@split ${split}\na {}.\n`,
      }),
    );
  const counts = async (folder: string) => {
    const { parts } = drawsOf(await dataset(folder), [1], [1]);
    return [parts.pool.length, parts.dev.length, parts.test.length];
  };

  it('are read from their folders with the paper’s names, order and parts', async () => {
    data.everything();
    assert.deepEqual(await namesOf('caltech-101'), ['face', 'leopard', 'accordion']);
    assert.deepEqual(await namesOf('oxford_pets'), ['abyssinian', 'american bulldog']);
    assert.deepEqual(await namesOf('stanford_cars'), ['2012 Audi TTS Coupe', '2012 Acura TL Sedan']);
    assert.deepEqual(await namesOf('oxford_flowers'), ['pink primrose', 'hard-leaved pocket orchid']);
    assert.deepEqual(await namesOf('food-101'), ['apple pie', 'waffles']);
    assert.deepEqual(await namesOf('sun397'), ['abbey', 'indoor apse']);
    assert.deepEqual(await namesOf('dtd'), ['banded', 'zigzagged']);
    assert.deepEqual(await namesOf('eurosat'), ['Annual Crop Land', 'Sea or Lake']);
    assert.deepEqual(await namesOf('ucf101'), ['Apply Eye Makeup', 'Yo Yo']);
    assert.deepEqual(await namesOf('fgvc_aircraft'), ['F/A-18', '707-320']);
    assert.deepEqual(await namesOf('imagenet'), ['tench', 'goldfish', 'great white shark']);
    assert.deepEqual(await namesOf('imagenetv2'), ['tench', 'goldfish', 'great white shark']);
    assert.deepEqual(await namesOf('imagenet-sketch'), ['tench', 'goldfish', 'great white shark']);
    // The folders that are there, as the paper counts 200 classes of ImageNet-A and ImageNet-R.
    assert.deepEqual(await namesOf('imagenet-adversarial'), ['tench', 'great white shark']);
    assert.deepEqual(await namesOf('imagenet-rendition'), ['tench', 'great white shark']);
    for (const folder of ['oxford_pets', 'stanford_cars', 'sun397', 'eurosat'])
      assert.deepEqual(await counts(folder), [6, 2, 4], folder);
    assert.deepEqual(await counts('fgvc_aircraft'), [3, 2, 2]);
    // ImageNet’s val is the test part; dev comes out of train, and the drawn images with it.
    assert.deepEqual(await counts('imagenet'), [12, 3, 3]);
    const { images } = await scan('imagenetv2');
    assert.deepEqual(
      images.map(({ path: file, label, part }) => [file, label, part]),
      [
        ['0/a.jpeg', 0, undefined],
        ['1/a.jpeg', 1, undefined],
        ['2/a.jpeg', 2, undefined],
      ],
    );
  });

  it('leave out what the split does not name, and say so', async () => {
    data.caltech();
    const found = await scan('caltech-101');
    assert.deepEqual(found.split!.unnamedFolders, [{ folder: 'BACKGROUND_Google', images: 1 }]);
    assert.match(scanWarnings(found)[0]!, /names nothing in 1 folder with 1 image \(BACKGROUND_Google\)/);
    assert.deepEqual(found.vagueNames, []);
    assert.deepEqual(
      found.classes.map(({ folder }) => folder),
      ['Faces', 'Leopards', 'accordion'],
    );
    assert.ok((await dataset('caltech-101')).published);
    assert.equal((await dataset('caltech-101', '40/20/40 seed 1')).published, false);
  });

  it('have the paper’s names and order without a split file, and say that their parts are others', async () => {
    data.everything();
    data.text('food-101/meta/classes.txt', 'apple_pie\nwaffles\n');
    for (const { folder, layout } of DATA_SETS)
      if (layout.kind === 'split') rmSync(path.join(root, folder, layout.split.path));
    data.image('caltech-101/101_ObjectCategories/Faces_easy/image_0001.jpg');
    assert.deepEqual(await namesOf('caltech-101'), ['face', 'leopard', 'accordion']);
    assert.deepEqual(await namesOf('eurosat'), ['Annual Crop Land', 'Sea or Lake']);
    assert.deepEqual(await namesOf('dtd'), ['banded', 'zigzagged']);
    assert.deepEqual(await namesOf('food-101'), ['apple pie', 'waffles']);
    const eurosat = await dataset('eurosat');
    assert.equal(eurosat.published, false);
    assert.match(scanWarnings(eurosat.scan)[0]!, /^split_zhou_EuroSAT\.json is not there: .*coop datasets/);
    assert.deepEqual(await counts('eurosat'), [4, 4, 4]);
  });

  it('take classes and test images of their authors’ lists without a split file', async () => {
    data.lists();
    const listed = async (folder: string) => {
      const found = await scan(folder);
      return found.images.map(({ path: file, label, part }) => [file, found.classes[label]!.name, part]);
    };
    assert.deepEqual(await listed('oxford_pets'), [
      ['Abyssinian_100.jpg', 'abyssinian', 'pool'],
      ['american_bulldog_7.jpg', 'american bulldog', 'pool'],
      ['american_bulldog_8.jpg', 'american bulldog', 'test'],
      ['Abyssinian_101.jpg', 'abyssinian', 'test'],
    ]);
    assert.deepEqual(await listed('sun397'), [
      ['a/abbey/sun_1.jpg', 'abbey', 'pool'],
      ['a/apse/indoor/sun_2.jpg', 'indoor apse', 'pool'],
      ['a/abbey/sun_3.jpg', 'abbey', 'test'],
      ['a/apse/indoor/sun_4.jpg', 'indoor apse', 'test'],
    ]);
    assert.deepEqual(await listed('ucf101'), [
      ['Apply_Eye_Makeup/v_a1.jpg', 'Apply Eye Makeup', 'pool'],
      ['Yo_Yo/v_y1.jpg', 'Yo Yo', 'pool'],
      ['Apply_Eye_Makeup/v_a2.jpg', 'Apply Eye Makeup', 'test'],
      ['Yo_Yo/v_y2.jpg', 'Yo Yo', 'test'],
    ]);
    for (const [list, line] of [
      ['oxford_pets/annotations/test.txt', '../../secret_1 1 1 1'],
      ['sun397/Testing_01.txt', '/a/../../../etc/sun.jpg'],
      ['ucf101/ucfTrainTestlist/testlist01.txt', 'Unknown/v_u1.avi'],
    ] as const) {
      data.text(list, `${line}\n`);
      await assert.rejects(
        scan(list.split('/')[0]!),
        (error: unknown) =>
          error instanceof CoopError && error.code === 'split.invalid' && /line 1: /.test(error.message),
        list,
      );
    }
  });

  it('say what is wrong with their lists', async () => {
    data.aircraft();
    data.text('fgvc_aircraft/images_variant_val.txt', '0000004 Concorde\n');
    const wrong = (code: string, message: RegExp) => (error: unknown) =>
      error instanceof CoopError && error.code === code && message.test(error.message);
    await assert.rejects(scan('fgvc_aircraft'), wrong('split.invalid', /“0000004 Concorde” is no image/));
    data.text('fgvc_aircraft/images_variant_val.txt', '../../secret 707-320\n');
    await assert.rejects(scan('fgvc_aircraft'), wrong('split.invalid', /“\.\.\/\.\.\/secret 707-320”/));
    data.imageNets();
    data.text('imagenet/classnames.txt', 'n01440764\n');
    await assert.rejects(scan('imagenet'), wrong('classes.invalid', /line 1, gives “n01440764” no name/));
    data.caltech();
    rmSync(path.join(root, 'caltech-101/101_ObjectCategories/Faces/image_0000.jpg'));
    await assert.rejects(
      dataset('caltech-101'),
      wrong('split.invalid', /18 images, 1 of which is not usable/),
    );
  });

  it('name ImageNet’s classes where classnames.txt is not there', async () => {
    data.imageNets();
    rmSync(path.join(root, 'imagenet/classnames.txt'));
    rmSync(path.join(root, 'imagenet-rendition/classnames.txt'));
    assert.deepEqual(await namesOf('imagenet'), ['tench', 'goldfish', 'great white shark']);
    assert.deepEqual(await namesOf('imagenet-rendition'), ['tench', 'great white shark']);
    assert.equal(IMAGENET_NAMES.size, 1000);
    const twice = [...IMAGENET_NAMES.values()].filter((name, at, all) => all.indexOf(name) !== at);
    assert.deepEqual(twice, ['missile', 'sunglasses']);
    assert.deepEqual([...IMAGENET_NAMES.keys()], [...IMAGENET_NAMES.keys()].sort());
  });

  it('leave any other folder as it is', async () => {
    data.image('pets/images/cat/a.jpg');
    data.image('pets/images/dog/b.jpg');
    data.text('pets/classnames.txt', 'cat a cat\n');
    // Classes called as folders of EuroSAT or ImageNet-A are.
    for (const name of ['2750', '2751', 'imagenet-a']) data.image(`ids/${name}/a.jpg`);
    assert.deepEqual(await namesOf('ids'), ['2750', '2751', 'imagenet-a']);
    assert.deepEqual(await namesOf('pets/images'), ['cat', 'dog']);
    assert.deepEqual(await namesOf('pets'), ['images']);
  });

  describe('below a root', () => {
    const stateOf = async () =>
      (await surveyDataSets(root)).map(({ name, state, missing }) => [
        name,
        state,
        ...missing.map(({ path: place, what }) => `${place} ${what}`),
      ]);

    it('are complete, with what they hold', async () => {
      data.everything();
      const surveyed = await surveyDataSets(root);
      assert.deepEqual(
        surveyed.map(({ name, state }) => [name, state]),
        DATA_SETS.map(({ name }) => [name, 'complete']),
      );
      const found = new Map(surveyed.map(each => [each.name, each.found]));
      assert.deepEqual(found.get('OxfordPets'), { classes: 2, train: 6, val: 2, test: 4 });
      assert.deepEqual(found.get('FGVCAircraft'), { classes: 2, train: 3, val: 2, test: 2 });
      assert.deepEqual(found.get('ImageNet'), { classes: 3, train: 15, val: null, test: 3 });
      assert.deepEqual(found.get('ImageNet-A'), { classes: 2, train: null, val: null, test: 2 });
      const published = surveyed.find(({ name }) => name === 'StanfordCars')!.published;
      assert.deepEqual(published, { classes: 196, train: 6509, val: 1635, test: 8041 });
    });

    it('are incomplete or absent, with what is missing and where to get it', async () => {
      data.everything();
      for (const gone of [
        'caltech-101/split_zhou_Caltech101.json',
        'dtd/images/zigzagged/zigzagged_4.jpg',
        'eurosat',
        'stanford_cars/cars_test',
        'fgvc_aircraft/images',
        'imagenet/images/val/n01440764',
        'imagenetv2/imagenetv2-matched-frequency-format-val/1',
        'ucf101/UCF-101-midframes',
      ])
        rmSync(path.join(root, gone), { recursive: true });
      writeFileSync(path.join(root, 'food-101/split_zhou_Food101.json'), '{');
      const states = new Map((await stateOf()).map(([name, ...rest]) => [name, rest]));
      assert.deepEqual(states.get('Caltech101'), ['incomplete', 'split_zhou_Caltech101.json is missing']);
      assert.deepEqual(states.get('DescribableTextures'), [
        'incomplete',
        'images lacks 1 of 12 images, zigzagged/zigzagged_4.jpg first',
      ]);
      assert.deepEqual(states.get('EuroSAT'), [
        'absent',
        '2750 is missing',
        'split_zhou_EuroSAT.json is missing',
      ]);
      assert.match(
        states.get('StanfordCars')![1]!,
        /^cars_train lacks 4 of 12 images, cars_test\/00004\.jpg first$/,
      );
      assert.deepEqual(states.get('FGVCAircraft'), ['incomplete', 'images is missing']);
      assert.deepEqual(states.get('ImageNet'), [
        'incomplete',
        'images/val has no images of 1 class, n01440764 first',
      ]);
      assert.match(states.get('ImageNetV2')![1]!, /has no images of 1 class, 1 first/);
      assert.deepEqual(states.get('UCF101'), ['incomplete', 'UCF-101-midframes is missing']);
      assert.match(states.get('Food101')![1]!, /^split_zhou_Food101\.json cannot be used: .*not JSON/);
      for (const name of [
        'OxfordPets',
        'OxfordFlowers',
        'SUN397',
        'ImageNet-Sketch',
        'ImageNet-A',
        'ImageNet-R',
      ])
        assert.deepEqual(states.get(name), ['complete'], name);
      for (const { missing } of await surveyDataSets(root))
        for (const { from } of missing) assert.match(from, /^https?:\/\//);
    });

    it('are measured against the published counts where the names are ImageNet’s own', async () => {
      data.imageNets();
      for (const folder of ['imagenet', 'imagenet-adversarial'])
        rmSync(path.join(root, folder, 'classnames.txt'));
      const states = new Map((await stateOf()).map(([name, ...rest]) => [name, rest]));
      assert.match(states.get('ImageNet')![1]!, /^images\/train has no images of 997 classes/);
      assert.match(
        states.get('ImageNet-A')![1]!,
        /^imagenet-a has 2 images in 2 classes; published are 7,500 in 200$/,
      );
      await assert.rejects(
        surveyDataSets(path.join(root, 'gone')),
        (error: unknown) => error instanceof CoopError && error.code === 'images.folder',
      );
    });
  });
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SAMPLE = path.resolve('media/sample/images/groups/objects');
const PICTURES = readdirSync(SAMPLE)
  .sort()
  .map(name => readFileSync(path.join(SAMPLE, name)));

/** Writes a tree as CoOp's DATASETS.md lays it out, small: of each data set a few classes and images. */
export class FakeData {
  private made = 0;

  constructor(readonly root: string) {}

  text(file: string, content: string): void {
    const target = path.join(this.root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }

  image(file: string): void {
    const target = path.join(this.root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, PICTURES[this.made++ % PICTURES.length]!);
  }

  /** Two classes of three training, one validation and two test images each. */
  split(
    folder: string,
    start: string,
    name: string,
    classes: readonly (readonly [place: string, name: string])[],
  ): void {
    const lists: Record<string, unknown[]> = { train: [], val: [], test: [] };
    const sides = ['train', 'train', 'train', 'val', 'test', 'test'];
    for (const [label, [place, className]] of classes.entries())
      for (const [nth, side] of sides.entries()) {
        const image = `${place.replace('*', side === 'test' ? 'test' : 'train')}${nth}.jpg`;
        this.image(path.posix.join(folder, start, image));
        lists[side]!.push([image, label, className]);
      }
    this.text(`${folder}/split_zhou_${name}.json`, JSON.stringify(lists));
  }

  /** All fifteen. */
  everything(): void {
    this.caltech();
    this.split('oxford_pets', 'images', 'OxfordPets', [
      ['Abyssinian_', 'abyssinian'],
      ['american_bulldog_', 'american_bulldog'],
    ]);
    this.split('stanford_cars', '', 'StanfordCars', [
      ['cars_*/0000', '2012 Audi TTS Coupe'],
      ['cars_*/0001', '2012 Acura TL Sedan'],
    ]);
    this.split('oxford_flowers', 'jpg', 'OxfordFlowers', [
      ['image_0001', 'pink primrose'],
      ['image_0002', 'hard-leaved pocket orchid'],
    ]);
    this.split('food-101', 'images', 'Food101', [
      ['apple_pie/1', 'apple_pie'],
      ['waffles/2', 'waffles'],
    ]);
    this.split('sun397', 'SUN397', 'SUN397', [
      ['a/abbey/sun_a', 'abbey'],
      ['a/apse/indoor/sun_b', 'indoor apse'],
    ]);
    this.split('dtd', 'images', 'DescribableTextures', [
      ['banded/banded_', 'banded'],
      ['zigzagged/zigzagged_', 'zigzagged'],
    ]);
    this.split('eurosat', '2750', 'EuroSAT', [
      ['AnnualCrop/AnnualCrop_', 'Annual Crop Land'],
      ['SeaLake/SeaLake_', 'Sea or Lake'],
    ]);
    this.split('ucf101', 'UCF-101-midframes', 'UCF101', [
      ['Apply_Eye_Makeup/v_', 'Apply_Eye_Makeup'],
      ['Yo_Yo/v_', 'Yo_Yo'],
    ]);
    this.aircraft();
    this.imageNets();
  }

  /** Classes in CoOp's order, renamed; a folder that the split does not name. */
  caltech(): void {
    this.split('caltech-101', '101_ObjectCategories', 'Caltech101', [
      ['Faces/image_000', 'face'],
      ['Leopards/image_000', 'leopard'],
      ['accordion/image_000', 'accordion'],
    ]);
    this.image('caltech-101/101_ObjectCategories/BACKGROUND_Google/image_0001.jpg');
  }

  /** What stands beside the images of three data sets: their authors' own lists. */
  lists(): void {
    for (const name of ['Abyssinian_100', 'Abyssinian_101', 'american_bulldog_7', 'american_bulldog_8'])
      this.image(`oxford_pets/images/${name}.jpg`);
    this.text('oxford_pets/annotations/list.txt', '#Image CLASS-ID SPECIES BREED ID\n');
    this.text('oxford_pets/annotations/trainval.txt', 'Abyssinian_100 1 1 1\namerican_bulldog_7 2 2 1\n');
    this.text('oxford_pets/annotations/test.txt', 'american_bulldog_8 2 2 1\nAbyssinian_101 1 1 1\n');
    const scenes = [
      'a/abbey/sun_1.jpg',
      'a/apse/indoor/sun_2.jpg',
      'a/abbey/sun_3.jpg',
      'a/apse/indoor/sun_4.jpg',
    ];
    for (const scene of scenes) this.image(`sun397/SUN397/${scene}`);
    this.text('sun397/ClassName.txt', '/a/abbey\n/a/apse/indoor\n');
    this.text('sun397/Training_01.txt', '/a/abbey/sun_1.jpg\n/a/apse/indoor/sun_2.jpg\n');
    this.text('sun397/Testing_01.txt', '/a/abbey/sun_3.jpg\n/a/apse/indoor/sun_4.jpg\n');
    const videos = ['ApplyEyeMakeup/v_a1', 'YoYo/v_y1', 'ApplyEyeMakeup/v_a2', 'YoYo/v_y2'];
    for (const video of videos)
      this.image(
        `ucf101/UCF-101-midframes/${video.replace('ApplyEyeMakeup', 'Apply_Eye_Makeup').replace('YoYo', 'Yo_Yo')}.jpg`,
      );
    this.text('ucf101/ucfTrainTestlist/classInd.txt', '1 ApplyEyeMakeup\r\n2 YoYo\r\n');
    this.text('ucf101/ucfTrainTestlist/trainlist01.txt', 'ApplyEyeMakeup/v_a1.avi 1\r\nYoYo/v_y1.avi 2\r\n');
    this.text('ucf101/ucfTrainTestlist/testlist01.txt', 'ApplyEyeMakeup/v_a2.avi\r\nYoYo/v_y2.avi\r\n');
  }

  aircraft(): void {
    const lists = {
      train: ['0000001 707-320', '0000002 F/A-18', '0000003 707-320'],
      val: ['0000004 F/A-18', '0000005 707-320'],
      test: ['0000006 707-320', '0000007 F/A-18'],
    };
    this.text('fgvc_aircraft/variants.txt', 'F/A-18\n707-320\n');
    for (const [list, lines] of Object.entries(lists)) {
      this.text(`fgvc_aircraft/images_variant_${list}.txt`, `${lines.join('\r\n')}\r\n`);
      for (const line of lines) this.image(`fgvc_aircraft/images/${line.slice(0, 7)}.jpg`);
    }
  }

  imageNets(): void {
    const names = 'n01440764 tench\nn01443537 goldfish\nn01484850 great white shark\n';
    const ids = ['n01484850', 'n01440764', 'n01443537'];
    for (const folder of [
      'imagenet',
      'imagenetv2',
      'imagenet-sketch',
      'imagenet-adversarial',
      'imagenet-rendition',
    ])
      this.text(`${folder}/classnames.txt`, names);
    for (const id of ids) {
      for (let nth = 0; nth < 5; nth++) this.image(`imagenet/images/train/${id}/${id}_${nth}.JPEG`);
      this.image(`imagenet/images/val/${id}/ILSVRC2012_val_1.JPEG`);
      this.image(`imagenet-sketch/images/${id}/sketch_0.JPEG`);
    }
    for (const number of [2, 0, 1])
      this.image(`imagenetv2/imagenetv2-matched-frequency-format-val/${number}/a.jpeg`);
    for (const place of ['imagenet-adversarial/imagenet-a', 'imagenet-rendition/imagenet-r']) {
      for (const id of ['n01484850', 'n01440764']) this.image(`${place}/${id}/x.jpg`);
      this.text(`${place}/README.txt`, 'Read me.');
    }
  }
}

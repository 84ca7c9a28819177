/** A file or folder of a data set, and where its authors, or CoOp's, say to get it (KaiyangZhou/CoOp, DATASETS.md). */
export interface Piece {
  /** Relative to the data set's folder. */
  readonly path: string;
  readonly from: string;
}

/** How a data set lies on disk. */
export type DataSetLayout =
  /** A split file names images below the folder `images`. */
  | { readonly kind: 'split'; readonly split: Piece; readonly images: Piece; readonly start: string }
  /** Lists of FGVC-Aircraft: `variants.txt` and `images_variant_{train,val,test}.txt`. */
  | { readonly kind: 'aircraft'; readonly images: Piece; readonly lists: readonly Piece[] }
  /** `images/train` and `images/val` with a folder per WordNet id. */
  | { readonly kind: 'imagenet'; readonly train: Piece; readonly val: Piece; readonly names: Piece }
  /** A folder per class, all of them test images: named by WordNet id, or by the number of the class. */
  | {
      readonly kind: 'target';
      readonly images: Piece;
      readonly names: Piece;
      readonly folders: 'wordnet' | 'number';
    };

/** A data set of CoOp's experiments. */
export interface DataSet {
  readonly name: string;
  /** Below the root of all data sets. */
  readonly folder: string;
  readonly classes: number;
  /** Images of train, val and test; null where there is no such part. */
  readonly images: readonly [train: number | null, val: number | null, test: number];
  readonly layout: DataSetLayout;
}

const drive = (id: string) => `https://drive.google.com/file/d/${id}/view`;
const CLASS_NAMES = { path: 'classnames.txt', from: drive('1-61f_ol79pViBFDG_IDlUQSwoLcn2XXF') } as const;
const VGG = 'https://www.robots.ox.ac.uk/~vgg/data';

/** @param start the folder, below the data set's, that the split's paths begin at */
function bySplit(
  name: string,
  id: string,
  images: Piece,
  start = images.path,
): Extract<DataSetLayout, { readonly kind: 'split' }> {
  return { kind: 'split', split: { path: `split_zhou_${name}.json`, from: drive(id) }, images, start };
}

/** In the order of the paper's tables, the four shifted ImageNets at the end. */
export const DATA_SETS: readonly DataSet[] = [
  {
    name: 'ImageNet',
    folder: 'imagenet',
    classes: 1000,
    images: [1_281_167, null, 50_000],
    layout: {
      kind: 'imagenet',
      train: { path: 'images/train', from: 'https://image-net.org/index.php' },
      val: { path: 'images/val', from: 'https://image-net.org/index.php' },
      names: CLASS_NAMES,
    },
  },
  {
    name: 'Caltech101',
    folder: 'caltech-101',
    classes: 100,
    images: [4128, 1649, 2465],
    layout: bySplit('Caltech101', '1hyarUivQE36mY6jSomru6Fjd-JzwcCzN', {
      path: '101_ObjectCategories',
      from: 'http://www.vision.caltech.edu/Image_Datasets/Caltech101/101_ObjectCategories.tar.gz',
    }),
  },
  {
    name: 'OxfordPets',
    folder: 'oxford_pets',
    classes: 37,
    images: [2944, 736, 3669],
    layout: bySplit('OxfordPets', '1501r8Ber4nNKvmlFVQZ8SeUHTcdTTEqs', {
      path: 'images',
      from: `${VGG}/pets/data/images.tar.gz`,
    }),
  },
  {
    name: 'StanfordCars',
    folder: 'stanford_cars',
    classes: 196,
    images: [6509, 1635, 8041],
    layout: bySplit(
      'StanfordCars',
      '1ObCFbaAgVu0I-k_Au-gIUcefirdAuizT',
      {
        path: 'cars_train',
        from: 'http://ai.stanford.edu/~jkrause/car196/cars_train.tgz and …/cars_test.tgz',
      },
      '',
    ),
  },
  {
    name: 'OxfordFlowers',
    folder: 'oxford_flowers',
    classes: 102,
    images: [4093, 1633, 2463],
    layout: bySplit('OxfordFlowers', '1Pp0sRXzZFZq15zVOzKjKBu4A9i01nozT', {
      path: 'jpg',
      from: `${VGG}/flowers/102/102flowers.tgz`,
    }),
  },
  {
    name: 'Food101',
    folder: 'food-101',
    classes: 101,
    images: [50_500, 20_200, 30_300],
    layout: bySplit('Food101', '1QK0tGi096I0Ba6kggatX1ee6dJFIcEJl', {
      path: 'images',
      from: 'https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/',
    }),
  },
  {
    name: 'FGVCAircraft',
    folder: 'fgvc_aircraft',
    classes: 100,
    images: [3334, 3333, 3333],
    layout: {
      kind: 'aircraft',
      images: { path: 'images', from: `${VGG}/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz` },
      lists: ['variants', 'images_variant_train', 'images_variant_val', 'images_variant_test'].map(list => ({
        path: `${list}.txt`,
        from: `${VGG}/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz (its folder data)`,
      })),
    },
  },
  {
    name: 'SUN397',
    folder: 'sun397',
    classes: 397,
    images: [15_880, 3970, 19_850],
    layout: bySplit('SUN397', '1y2RD81BYuiyvebdN-JymPfyWYcd8_MUq', {
      path: 'SUN397',
      from: 'http://vision.princeton.edu/projects/2010/SUN/SUN397.tar.gz',
    }),
  },
  {
    name: 'DescribableTextures',
    folder: 'dtd',
    classes: 47,
    images: [2820, 1128, 1692],
    layout: bySplit('DescribableTextures', '1u3_QfB467jqHgNXC00UIzbLZRQCg2S7x', {
      path: 'images',
      from: `${VGG}/dtd/download/dtd-r1.0.1.tar.gz`,
    }),
  },
  {
    name: 'EuroSAT',
    folder: 'eurosat',
    classes: 10,
    images: [13_500, 5400, 8100],
    layout: bySplit('EuroSAT', '1Ip7yaCWFi0eaOFUGga0lUdVi_DDQth1o', {
      path: '2750',
      from: 'http://madm.dfki.de/files/sentinel/EuroSAT.zip',
    }),
  },
  {
    name: 'UCF101',
    folder: 'ucf101',
    classes: 101,
    images: [7639, 1898, 3783],
    layout: bySplit('UCF101', '1I0S0q91hJfsV9Gf4xDIjgDq4AqBNJb1y', {
      path: 'UCF-101-midframes',
      from: drive('10Jqome3vtUA2keJkNanAiFpgbyC9Hc2O'),
    }),
  },
  {
    name: 'ImageNetV2',
    folder: 'imagenetv2',
    classes: 1000,
    images: [null, null, 10_000],
    layout: {
      kind: 'target',
      images: {
        path: 'imagenetv2-matched-frequency-format-val',
        from: 'https://s3-us-west-2.amazonaws.com/imagenetv2public/imagenetv2-matched-frequency.tar.gz',
      },
      names: CLASS_NAMES,
      folders: 'number',
    },
  },
  {
    name: 'ImageNet-Sketch',
    folder: 'imagenet-sketch',
    classes: 1000,
    images: [null, null, 50_889],
    layout: {
      kind: 'target',
      images: { path: 'images', from: 'https://github.com/HaohanWang/ImageNet-Sketch' },
      names: CLASS_NAMES,
      folders: 'wordnet',
    },
  },
  {
    name: 'ImageNet-A',
    folder: 'imagenet-adversarial',
    classes: 200,
    images: [null, null, 7500],
    layout: {
      kind: 'target',
      images: { path: 'imagenet-a', from: 'https://github.com/hendrycks/natural-adv-examples' },
      names: CLASS_NAMES,
      folders: 'wordnet',
    },
  },
  {
    name: 'ImageNet-R',
    folder: 'imagenet-rendition',
    classes: 200,
    images: [null, null, 30_000],
    layout: {
      kind: 'target',
      images: { path: 'imagenet-r', from: 'https://github.com/hendrycks/imagenet-r' },
      names: CLASS_NAMES,
      folders: 'wordnet',
    },
  },
];

import { publishedSet, publishedSetNames } from '../../../shared/template/published-sets';

/** Text, and in brackets what is selected to be typed over. */
export type Part = string | readonly [string];

export interface Entry {
  readonly label: string;
  readonly parts: readonly Part[];
  readonly about: string;
}

export const DIRECTIVES: readonly Entry[] = [
  {
    label: '@images',
    parts: ['@images ', ['./images']],
    about: 'Folder with one sub-folder of images per class',
  },
  { label: '@model', parts: ['@model ', ['icon-clip']], about: 'Id or folder of a CLIP model' },
  {
    label: '@classes',
    parts: ['@classes ', ['auto']],
    about: 'Folder names (auto), or a CSV: folder, name, columns …',
  },
  {
    label: '@split',
    parts: ['@split shots ', ['16'], ' seed ', ['1']],
    about: 'How images are shared out: test, dev, and the pool that shots are drawn from',
  },
  {
    label: '@targets',
    parts: ['@targets ', ['./sketches']],
    about: 'Folders of the same classes that scores and reports are also made of',
  },
  { label: '@preprocess', parts: ['@preprocess exif'], about: 'Turn photos as their EXIF orientation says' },
  {
    label: '@baseline',
    parts: ['@baseline'],
    about: 'The template on the next line is what all others are compared with',
  },
  {
    label: '@ensemble',
    parts: ['@ensemble ', ['name'], ' (\n  ', ['a photo of a {}.'], '\n)'],
    about: 'Several templates, scored as the mean of their text features',
  },
  {
    label: '@descriptors',
    parts: ['@descriptors ', ['descriptors.json']],
    about:
      'Sentences of each class from a JSON file, {"class": ["a sentence", …]}, averaged; “template {}, {which_descriptor}” after it puts descriptors into a template',
  },
  {
    label: '@waffle',
    parts: ['@waffle ', ['descriptors.json'], ' seed ', ['1']],
    about:
      'As many random words in place of a file’s descriptors (WaffleCLIP): whether its words help, or only their number',
  },
  ...publishedSetNames.map(name => ({
    label: `@use ${name}`,
    parts: [`@use ${name}`],
    about: 'A published set of templates, scored as an ensemble',
  })),
];

const set = (name: string): Entry => {
  const templates = publishedSet(name)!;
  const about = templates.length === 1 ? templates[0]! : `${templates.length} templates`;
  return { label: name, parts: [name], about };
};

/** Usual values, by directive. */
export const VALUES: Readonly<Record<string, readonly Entry[]>> = {
  use: publishedSetNames.map(set),
  classes: [
    { label: 'auto', parts: ['auto'], about: 'The folders’ names, _ as blank' },
    { label: 'subset base', parts: ['subset base'], about: 'The first half of the classes' },
    { label: 'subset new', parts: ['subset new'], about: 'The second half of the classes' },
  ],
  preprocess: [{ label: 'exif', parts: ['exif'], about: 'Turn photos upright first' }],
  split: [
    {
      label: 'shots 16 seed 1',
      parts: ['shots ', ['16'], ' seed ', ['1']],
      about: 'Training images per class',
    },
    { label: 'folders', parts: ['folders'], about: 'The image folder’s own train, val and test' },
    { label: 'coop FILE.json', parts: ['coop ', ['FILE.json']], about: 'A split file of CoOp' },
    {
      label: 'coop FILE.json partial',
      parts: ['coop ', ['FILE.json'], ' partial'],
      about: 'A split file of CoOp some of whose classes or images are missing here',
    },
    {
      label: '40/20/40 seed 1',
      parts: [['40/20/40'], ' seed ', ['1']],
      about: 'Shares of pool, dev and test',
    },
  ],
};

export const SLOTS: readonly Entry[] = [
  { label: '{}', parts: ['{}'], about: 'The class name' },
  { label: '[V:16]', parts: ['[V:', ['16'], ']'], about: 'Context vectors to learn' },
  {
    label: '[V:16 per-class]',
    parts: ['[V:', ['16'], ' per-class]'],
    about: 'Context vectors to learn, others for each class',
  },
  {
    label: '[V = "a photo of a"]',
    parts: ['[V = "', ['a photo of a'], '"]'],
    about: 'Vectors to learn that start as these words',
  },
  {
    label: '[words:4]',
    parts: ['[words:', ['4'], ']'],
    about: 'Real words to learn: the result is a plain template',
  },
];

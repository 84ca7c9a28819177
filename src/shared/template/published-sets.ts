/** Adjectives of "a ADJ photo of {a|the} {}." and "a photo of {a|the} ADJ {}.", nouns of "a N of {a|the} {}.", and so on. */
export const PHOTO = [
  'bad',
  'cropped',
  'low resolution',
  'bright',
  'dark',
  'close-up',
  'black and white',
  'pixelated',
  'jpeg corrupted',
  'blurry',
  'good',
];
export const SUBJECT = [
  '',
  'clean ',
  'dirty ',
  'cool ',
  'nice ',
  'weird ',
  'large ',
  'small ',
  'hard to see ',
];
export const MEDIUM = [
  'sculpture',
  'rendering',
  'drawing',
  'painting',
  'doodle',
  'sketch',
  'tattoo',
  'rendition',
];
export const MATERIAL = ['embroidered', 'plastic', 'origami', 'cartoon', 'plushie', 'toy'];
export const BARE = ['graffiti', 'art', 'itap'];
const both = (text: (article: 'a' | 'the') => string) => [text('a'), text('the')];

/** The 80 ImageNet templates of CLIP (openai/CLIP, notebooks/Prompt_Engineering_for_ImageNet.ipynb), as a set. */
function imagenet80(): string[] {
  return [
    ...PHOTO.flatMap(word => both(article => `a ${word} photo of ${article} {}.`)),
    ...SUBJECT.flatMap(word => both(article => `a photo of ${article} ${word}{}.`)),
    ...MEDIUM.flatMap(word => both(article => `a ${word} of ${article} {}.`)),
    ...MATERIAL.flatMap(word => both(article => `${article} ${word} {}.`)),
    ...BARE.flatMap(word => both(article => `${word} of ${article} {}.`)),
    ...both(article => `${article} {} in a video game.`),
    'a photo of many {}.',
    'a photo of my {}.',
    'a photo of one {}.',
    'itap of my {}.',
  ];
}

const SETS: ReadonlyMap<string, readonly string[]> = new Map([
  ['imagenet80', imagenet80()],
  [
    'imagenet7',
    [
      'itap of a {}.',
      'a bad photo of the {}.',
      'a origami {}.',
      'a photo of the large {}.',
      'a {} in a video game.',
      'art of the {}.',
      'a photo of the small {}.',
    ],
  ],
  // CoOp's hand-written template of each dataset (trainers/zsclip.py, CUSTOM_TEMPLATES).
  ['photo', ['a photo of a {}.']],
  ['pets', ['a photo of a {}, a type of pet.']],
  ['flowers', ['a photo of a {}, a type of flower.']],
  ['aircraft', ['a photo of a {}, a type of aircraft.']],
  ['food', ['a photo of {}, a type of food.']],
  ['textures', ['{} texture.']],
  ['satellite', ['a centered satellite photo of {}.']],
  ['actions', ['a photo of a person doing {}.']],
]);

export const publishedSetNames: readonly string[] = [...SETS.keys()];

/** The templates of a published set, or undefined when there is none of that name. */
export function publishedSet(name: string): readonly string[] | undefined {
  return SETS.get(name);
}

import { BARE, MATERIAL, MEDIUM, PHOTO, publishedSet, publishedSetNames, SUBJECT } from './published-sets';

const ARTICLES = ['a', 'the'];
const articled = (article: string, text: string) =>
  article === 'a' && /^[aeiou]/.test(text) ? `an ${text}` : `${article} ${text}`;

/**
 * Phrases that read as language: before the class name every combination of the parts that CLIP's published templates are
 * made of ("a blurry sketch of the small"), after it what the published templates have there ("a type of pet"). Those with
 * the fewest words come first.
 */
export function publishedPhrases(place: 'before' | 'after'): readonly string[] {
  const phrases = new Set(place === 'before' ? phrasesBefore() : phrasesAfter());
  const words = (phrase: string) => phrase.split(' ').length;
  return [...phrases].sort((a, b) => words(a) - words(b));
}

function phrasesBefore(): string[] {
  const things = ['', ...SUBJECT.map(word => word.trim()), ...MATERIAL].filter(
    (word, at) => at === 0 || word !== '',
  );
  const ends = ARTICLES.flatMap(article => things.map(thing => articled(article, thing).trim()));
  const media = ['photo', ...MEDIUM].flatMap(medium =>
    ['', ...PHOTO].map(quality => `${quality} ${medium}`.trim()),
  );
  return [
    ...ends,
    ...BARE.flatMap(bare => ends.map(end => `${bare} of ${end}`)),
    ...ARTICLES.flatMap(article =>
      media.flatMap(medium => ends.map(end => `${articled(article, medium)} of ${end}`)),
    ),
  ];
}

function phrasesAfter(): string[] {
  return publishedSetNames
    .flatMap(name => publishedSet(name) ?? [])
    .map(line => line.slice(line.indexOf('{}') + 2).replace(/^[\s,]+|[\s.]+$/g, ''))
    .filter(phrase => phrase !== '');
}

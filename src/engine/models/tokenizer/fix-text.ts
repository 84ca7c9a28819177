import { ftfyUnescape, windows1252 } from './html-unescape';

const LIGATURES: Readonly<Record<string, string>> = {
  Ĳ: 'IJ',
  ĳ: 'ij',
  ŉ: 'ʼn',
  Ǳ: 'DZ',
  ǲ: 'Dz',
  ǳ: 'dz',
  Ǆ: 'DŽ',
  ǅ: 'Dž',
  ǆ: 'dž',
  Ǉ: 'LJ',
  ǈ: 'Lj',
  ǉ: 'lj',
  Ǌ: 'NJ',
  ǋ: 'Nj',
  ǌ: 'nj',
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ſt',
  ﬆ: 'st',
};
const LIGATURE = new RegExp(`[${Object.keys(LIGATURES).join('')}]`, 'g');
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is removed
  /[\u0000-\u0008\u000b\u000e-\u001f\u007f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with ESC
const TERMINAL = /\u001b\[[\d;]*[a-zA-Z]/g;

/**
 * `ftfy.fix_text` as OpenAI's tokenizer calls it (ftfy 6.3), without the repair of mojibake (`schÃ¶n`): curly quotes,
 * ligatures, full-width forms, line breaks, stray control characters, HTML references, then NFC; repeated until
 * nothing changes.
 */
export function fixText(text: string): string {
  // The common case needs none of it.
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('&')) return text;
  // Lines are fixed one by one; one with a `<` keeps its references, and so do the lines after it.
  let resolve = true;
  return text
    .split(/(?<=\n)/)
    .map(line => {
      resolve &&= !line.includes('<');
      return fixLine(line, resolve);
    })
    .join('');
}

function fixLine(line: string, resolve: boolean): string {
  let text = line;
  for (;;) {
    const before = text;
    if (resolve && text.includes('&')) text = ftfyUnescape(text);
    text = text
      .replace(/[\u0080-\u009f]/g, character => windows1252(character.charCodeAt(0)))
      .replace(LIGATURE, character => LIGATURES[character]!)
      .replace(/[\u3000\uff01-\uffef]/g, wide => (wide === '\u3000' ? ' ' : wide.normalize('NFKC')))
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/\r\n|[\r\u2028\u2029\u0085]/g, '\n')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
      .replace(TERMINAL, '')
      .replace(CONTROLS, '')
      .normalize('NFC');
    if (text === before) return text;
  }
}

// Writes media/words/common.txt: the 10,000 words that `[words:N]` chooses from, most common first.
// They are SCOWL's up to level 35 (Debian package scowl 2020.12.07, /usr/share/dict/scowl) that are one token of CLIP's
// vocabulary, in the order of its merges, which follows how common they are in texts about images; swear words are left out
// (npm naughty-words 1.2.0, en.json).
// node tools/words/make-words.mjs /usr/share/dict/scowl node_modules/naughty-words/en.json
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

const COUNT = 10_000;
/** Merges of CLIP's vocabulary after the head line: 49152 − 256 − 2. */
const MERGES = 48_894;
const [, , scowl, swears] = process.argv;

const known = new Set();
for (const level of [10, 20, 35])
  for (const list of ['english', 'american'])
    for (const word of readFileSync(path.join(scowl, `${list}-words.${level}`), 'latin1').split('\n'))
      known.add(word.trim());
const left = new Set(JSON.parse(readFileSync(swears, 'utf8')));
const merges = gunzipSync(readFileSync('media/vocabulary/bpe_simple_vocab_16e6.txt.gz'))
  .toString('utf8')
  .split('\n')
  .slice(1, 1 + MERGES);
const words = merges
  .map(merge => merge.replace(' ', ''))
  .filter(token => /^[a-z]{2,}<\/w>$/.test(token))
  .map(token => token.slice(0, -'</w>'.length))
  .filter(word => known.has(word) && !left.has(word))
  .slice(0, COUNT);
writeFileSync('media/words/common.txt', `${words.join('\n')}\n`);

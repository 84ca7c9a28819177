/** A token that was put beside a vocabulary (tokenizers, AddedToken): one id wherever its text stands. */
export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Looked for in the cleaned text, cleaned itself; otherwise as it is written. */
  readonly normalized: boolean;
  /** Only where no letter, digit or underscore touches it. */
  readonly singleWord: boolean;
}

/** Rust's `\w`. */
const WORD = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]`;
const ENDS_IN_WORD = new RegExp(`${WORD}$`, 'u');
const BEGINS_WITH_WORD = new RegExp(`^${WORD}`, 'u');

/**
 * A function that cuts a text at tokens: the leftmost first and of those the longest (tokenizers, added_vocabulary.rs,
 * find_matches). Blanks beside a token (lstrip, rstrip) are no tokens of CLIP's, so that they need no rule here.
 * @returns pieces of text and ids, in order
 */
export function splitter(tokens: readonly AddedToken[]): (text: string) => readonly (string | number)[] {
  const byContent = new Map(
    tokens.filter(({ content }) => content !== '').map(token => [token.content, token]),
  );
  if (byContent.size === 0) return text => [text];
  const contents = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(contents.map(escaped).join('|'), 'gu');
  return text => {
    const pieces: (string | number)[] = [];
    let done = 0;
    for (const { 0: content, index } of text.matchAll(pattern)) {
      const { id, singleWord } = byContent.get(content)!;
      const end = index + content.length;
      if (singleWord && (ENDS_IN_WORD.test(text.slice(0, index)) || BEGINS_WITH_WORD.test(text.slice(end))))
        continue;
      if (index > done) pieces.push(text.slice(done, index));
      pieces.push(id);
      done = end;
    }
    if (done < text.length) pieces.push(text.slice(done));
    return pieces;
  };
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

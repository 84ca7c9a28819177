/**
 * GPT-2's byte ↔ character table in the order of the vocabulary: printable bytes stand for themselves, the other 68
 * are U+0100 and on (openai/CLIP, clip/simple_tokenizer.py, bytes_to_unicode).
 */
export const BYTE_SYMBOLS: readonly { readonly byte: number; readonly symbol: string }[] = (() => {
  const printable = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const others = range(0, 255).filter(byte => !printable.includes(byte));
  return [
    ...printable.map(byte => ({ byte, symbol: String.fromCharCode(byte) })),
    ...others.map((byte, at) => ({ byte, symbol: String.fromCharCode(256 + at) })),
  ];
})();

export const SYMBOL_OF_BYTE: readonly string[] = (() => {
  const table: string[] = [];
  for (const { byte, symbol } of BYTE_SYMBOLS) table[byte] = symbol;
  return table;
})();

const BYTE_OF_SYMBOL = new Map(BYTE_SYMBOLS.map(({ byte, symbol }) => [symbol, byte]));

/** The text of vocabulary symbols; bytes that are no whole character become U+FFFD. */
export function symbolsToText(symbols: string): string {
  const bytes = [...symbols].flatMap(symbol => BYTE_OF_SYMBOL.get(symbol) ?? []);
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Beginnings that need “which is” before them, and those that need “which”; all others have “which has”. */
const IS = ['a', 'used'];
const WHICH = ['has', 'often', 'typically', 'may', 'can'];

/**
 * A descriptor as a clause (Menon and Vondrick, ICLR 2023; classify_by_description_release, make_descriptor_sentence). Any
 * word with a first “a” counts as an article there, and so it does here.
 */
export function whichDescriptor(descriptor: string): string {
  const begins = (words: readonly string[]) => words.some(word => descriptor.startsWith(word));
  if (begins(IS)) return `which is ${descriptor}`;
  return begins(WHICH) ? `which ${descriptor}` : `which has ${descriptor}`;
}

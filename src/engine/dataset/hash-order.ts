import { createHash } from 'node:crypto';

/** What decides an image's side of a split: its class and its bytes, never its name or place. */
export interface HashedImage {
  /** Index of its class. */
  readonly label: number;
  /** sha256 of the file, hex. */
  readonly hash: string;
}

/** A part with its share of a class; shares are relative to one another. */
export interface Share<P extends string> {
  readonly part: P;
  readonly share: number;
}

/**
 * Cuts every class into parts along a pseudo-random but fixed order of its distinct contents (sha256 of salt and hash).
 * Equal bytes share one part, also across classes: the class with the lowest label decides. A boundary moves by at
 * most one image when one is added, so at most one image per boundary changes its part. Each part gets at least one
 * image; a class with fewer images than parts fills `scarceFirst` from its start.
 * @returns the part of each image, in input order
 */
export function cutByHash<P extends string>(
  images: readonly HashedImage[],
  shares: readonly Share<P>[],
  scarceFirst: readonly P[],
  salt: string,
): P[] {
  const partOf = new Map<string, P>();
  for (const hashes of distinctByClass(images).values()) {
    const ordered = hashes
      .map(hash => ({ hash, key: createHash('sha256').update(`${salt}${hash}`).digest('hex') }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const parts = partsOfRanks(ordered.length, shares, scarceFirst);
    for (const [rank, { hash }] of ordered.entries()) partOf.set(hash, parts[rank] as P);
  }
  return images.map(({ hash }) => partOf.get(hash) as P);
}

function distinctByClass(images: readonly HashedImage[]): Map<number, string[]> {
  const home = new Map<string, number>();
  for (const { hash, label } of images) {
    const known = home.get(hash);
    if (known === undefined || label < known) home.set(hash, label);
  }
  const classes = new Map<number, string[]>();
  for (const [hash, label] of home) {
    const hashes = classes.get(label);
    if (hashes === undefined) classes.set(label, [hash]);
    else hashes.push(hash);
  }
  return classes;
}

function partsOfRanks<P extends string>(
  count: number,
  shares: readonly Share<P>[],
  scarceFirst: readonly P[],
): P[] {
  if (count < shares.length) {
    const filled = new Set(scarceFirst.slice(0, count));
    return shares.map(({ part }) => part).filter(part => filled.has(part));
  }
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  const parts: P[] = [];
  let cumulative = 0;
  shares.forEach(({ part, share }, i) => {
    cumulative += share;
    const atMost = count - (shares.length - 1 - i);
    const end = Math.min(Math.max(Math.round((cumulative / total) * count), parts.length + 1), atMost);
    while (parts.length < end) parts.push(part);
  });
  return parts;
}

import type { Piece } from './sentencepiece-model';

/** What an unknown character costs beside the rarest piece (sentencepiece, unigram_model.cc, kUnkPenalty). */
const UNKNOWN_PENALTY = 10;

interface Best {
  readonly id: number;
  readonly score: number;
  readonly start: number;
}

/**
 * The likeliest way to cut a text into pieces (Kudo 2018; sentencepiece, unigram_model.cc, EncodeOptimized), in float32 as
 * there; of equals the one found first. Neighbouring unknown characters become one piece.
 */
export class Unigram {
  private readonly ids = new Map<string, number>();
  /** Characters of the longest piece. */
  private readonly longest: number;
  private readonly scores: Float32Array;
  private readonly unknownScore: number;

  constructor(
    pieces: readonly Piece[],
    private readonly unknown: number,
  ) {
    const normal = pieces.filter(({ kind }) => kind === 'normal').map(({ score }) => score);
    const lowest = normal.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const highest = normal.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    this.unknownScore = Math.fround(lowest - UNKNOWN_PENALTY);
    this.scores = Float32Array.from(pieces, ({ kind, score, text }) =>
      // What a user defined is always taken.
      kind === 'user' ? Buffer.byteLength(text) * highest - 0.1 : score,
    );
    let longest = 0;
    for (const [id, { text, kind }] of pieces.entries()) {
      if (kind === 'other' || text === '') continue;
      this.ids.set(text, id);
      longest = Math.max(longest, [...text].length);
    }
    this.longest = longest;
  }

  encode(text: string): number[] {
    const characters = [...text];
    const best: (Best | undefined)[] = [{ id: -1, score: 0, start: -1 }];
    const offer = (end: number, candidate: Best) => {
      const known = best[end];
      if (known === undefined || candidate.score > known.score) best[end] = candidate;
    };
    let offset = 0;
    for (let start = 0; start < characters.length; start++) {
      const { score } = best[start]!;
      let single = false;
      const from = offset;
      offset += characters[start]!.length;
      for (
        let [end, to] = [start + 1, offset];
        end <= characters.length && end <= start + this.longest;
        end++
      ) {
        const id = this.ids.get(text.slice(from, to));
        to += characters[end]?.length ?? 0;
        if (id === undefined) continue;
        single ||= end === start + 1;
        offer(end, { id, score: Math.fround(this.scores[id]! + score), start });
      }
      if (!single)
        offer(start + 1, { id: this.unknown, score: Math.fround(this.unknownScore + score), start });
    }
    const ids: number[] = [];
    for (let end = characters.length; end > 0; end = best[end]!.start) {
      const { id } = best[end]!;
      if (id !== this.unknown || ids.at(-1) !== this.unknown) ids.push(id);
    }
    return ids.reverse();
  }
}

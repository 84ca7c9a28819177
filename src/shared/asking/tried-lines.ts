import type { Suggestion } from '../contracts/suggest';

/**
 * Lines as they are scored, so that whatever can be picked is counted: a search or a language model that ends early, or fails,
 * has still let dev images choose among what it brought before.
 */
export class TriedLines {
  private readonly lines: Suggestion[] = [];
  /** Ensembles of a search, which are no lines. */
  private ensembles = 0;

  get found(): readonly Suggestion[] {
    return this.lines;
  }

  /** Lines and ensembles that dev images chose among so far. */
  get compared(): number {
    return this.lines.length + this.ensembles;
  }

  add(more: readonly Suggestion[]): void {
    this.lines.push(...more);
  }

  /** @param compared of a search by itself that has ended: its lines, all of them added, and ensembles */
  searched(compared: number): void {
    this.ensembles = compared - this.lines.length;
  }
}

/** Dev accuracies on each side that a choice is smoothed over: a few images decide between neighbouring steps. */
const REACH = 2;

/** All that an `EarlyChoice` knows, for a checkpoint. */
export interface ChoiceState {
  /** Dev accuracy of every step so far, float32. */
  readonly history: Float32Array;
  /** Contexts of the latest steps, which are not judged yet, oldest first. */
  readonly waiting: readonly Float32Array[];
  readonly found: { readonly at: number; readonly score: number; readonly context: Float32Array } | null;
}

/**
 * Picks the step whose dev accuracy, averaged with its neighbours', is best, the latest of equals, and keeps the context of
 * it while the steps go by.
 */
export class EarlyChoice {
  private readonly history: number[];
  private readonly waiting: Float32Array[];
  private found: ChoiceState['found'];

  constructor(state: ChoiceState = { history: new Float32Array(), waiting: [], found: null }) {
    this.history = [...state.history];
    this.waiting = [...state.waiting];
    this.found = state.found;
  }

  get state(): ChoiceState {
    const { history, waiting, found } = this;
    return { history: Float32Array.from(history), waiting: [...waiting], found };
  }

  /** Best smoothed accuracy so far, unjudged steps included. */
  get score(): number {
    const first = this.history.length - this.waiting.length;
    return Math.max(this.found?.score ?? 0, ...this.waiting.map((_, i) => this.smoothed(first + i)));
  }

  add(context: Float32Array, devAccuracy: number): void {
    this.waiting.push(Float32Array.from(context));
    // As a checkpoint keeps it, so that a resumed run chooses alike.
    this.history.push(Math.fround(devAccuracy));
    while (this.waiting.length > REACH) this.judge();
  }

  /** The chosen context and step (from 0), when no more will come. */
  end(): { readonly context: Float32Array; readonly at: number; readonly score: number } {
    while (this.waiting.length > 0) this.judge();
    return this.found!;
  }

  private judge(): void {
    const at = this.history.length - this.waiting.length;
    const context = this.waiting.shift()!;
    const score = this.smoothed(at);
    if (this.found === null || score >= this.found.score) this.found = { at, score, context };
  }

  private smoothed(at: number): number {
    const near = this.history.slice(Math.max(0, at - REACH), at + REACH + 1);
    return near.reduce((a, b) => a + b, 0) / near.length;
  }
}

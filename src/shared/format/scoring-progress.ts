import type { Progress } from '../contracts/protocol';
import { progressCount, rate } from './count';
import { timeLeft } from './duration';

/** Numbers of one run of scoring, from the engine's own; its rate is what was done since the first of a unit. */
export class ScoringProgress {
  private latest: Progress | null = null;
  private since: { readonly unit: string; readonly done: number; readonly at: number } | null = null;

  add(progress: Progress, now: number): void {
    if (this.since?.unit !== progress.unit || progress.done < this.since.done)
      this.since = { unit: progress.unit, done: progress.done, at: now };
    this.latest = progress;
  }

  /** `1,240 / 5,000 images · 212 images/s · ≈ 18 s left`; null before anything is known. */
  text(now: number): string | null {
    if (this.latest === null || this.since === null) return null;
    const { done, total, unit, perSecond } = this.latest;
    const seconds = (now - this.since.at) / 1000;
    const speed = perSecond ?? (seconds > 0 ? (done - this.since.done) / seconds : 0);
    const parts = [progressCount(done, total, unit)];
    if (speed > 0) parts.push(rate(speed, unit), timeLeft((total - done) / speed));
    return parts.join(' · ');
  }
}

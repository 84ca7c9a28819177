import type { WorkProgress } from '../../engine/task/work';
import { progressCount, rate } from '../../shared/format/count';
import { timeLeft } from '../../shared/format/duration';

const BAR_WIDTH = 24;
/** Without a terminal, progress is a plain line this often at most, so that logs stay readable. */
const PLAIN_LINE_EVERY_MS = 5000;
const REDRAW_EVERY_MS = 80;

/** Results go to stdout, everything about the work itself to stderr, so that pipes get results only. */
export class Terminal {
  private readonly live = process.stderr.isTTY === true && process.env['TERM'] !== 'dumb';
  private lastDrawn = 0;
  private lastMessage = '';
  private barShown = false;
  private started = Date.now();

  constructor(readonly json: boolean) {}

  /** A line of the result; nothing with --json. */
  print(text = ''): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }

  /** The result as one JSON value; only with --json. */
  result(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** A remark that is no result. */
  note(text: string): void {
    this.endProgress();
    process.stderr.write(`${text}\n`);
  }

  progress(progress: WorkProgress & { readonly detail?: string }): void {
    const now = Date.now();
    if (progress.message !== this.lastMessage) {
      this.endProgress();
      this.lastMessage = progress.message;
      this.started = now;
      this.lastDrawn = this.live ? 0 : now;
    }
    const last = progress.done >= progress.total;
    const due = now - this.lastDrawn >= (this.live ? REDRAW_EVERY_MS : PLAIN_LINE_EVERY_MS);
    if (!due && !(last && this.live)) return;
    this.lastDrawn = now;
    const line = this.line(progress, (now - this.started) / 1000);
    if (this.live) {
      process.stderr.write(`\r\u001b[2K${line}`);
      this.barShown = true;
    } else {
      process.stderr.write(`${line}\n`);
    }
  }

  endProgress(): void {
    if (this.barShown) process.stderr.write('\r\u001b[2K');
    this.barShown = false;
    this.lastMessage = '';
  }

  private line(progress: WorkProgress & { readonly detail?: string }, seconds: number): string {
    const { message, detail, done, total, unit } = progress;
    const perSecond = progress.perSecond ?? (seconds > 0.2 ? done / seconds : 0);
    const parts = [message];
    if (this.live) {
      const filled = total === 0 ? 0 : Math.round((BAR_WIDTH * done) / total);
      parts.push(`[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}]`);
    }
    parts.push(progressCount(done, total, unit));
    if (detail !== undefined) parts.push(detail);
    if (perSecond > 0) parts.push(rate(perSecond, unit));
    // An estimate from the first moments would only mislead.
    if (perSecond > 0 && (done / total > 0.05 || seconds > 10))
      parts.push(timeLeft((total - done) / perSecond));
    return parts.join(' · ');
  }
}

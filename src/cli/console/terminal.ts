import type { WorkProgress } from '../../engine/task/work';
import { progressCount, rate } from '../../shared/format/count';
import { timeLeft } from '../../shared/format/duration';
import { visibleJson, visibleText } from '../../shared/format/visible-text';
import { closed, output, outputLines } from './output';

const BAR_WIDTH = 24;
/** Without a terminal, progress is a plain line this often at most, so that logs stay readable. */
const PLAIN_LINE_EVERY_MS = 5000;
const REDRAW_EVERY_MS = 80;

/**
 * Results go to stdout, everything about the work itself to stderr, so that pipes get results only. A text is one line,
 * whatever stands in it; several lines are several texts.
 */
export class Terminal {
  private readonly live = process.stderr.isTTY === true && process.env['TERM'] !== 'dumb';
  private lastDrawn = 0;
  private lastMessage = '';
  private barShown = false;
  private started = Date.now();

  constructor(readonly json: boolean) {}

  /** Lines of the result; nothing with --json. */
  print(text: string | readonly string[] = ''): void {
    if (!this.json) outputLines('stdout', [text].flat());
  }

  /** The result as one JSON value; only with --json. */
  result(value: unknown): void {
    if (this.json) output('stdout', `${visibleJson(value, 2)}\n`);
  }

  /** One JSON value of a stream of them, with --json or without. @returns false when nobody reads them any more */
  async value(value: unknown): Promise<boolean> {
    await output('stdout', `${visibleJson(value)}\n`);
    return !closed('stdout');
  }

  /** A remark that is no result. */
  note(text: string | readonly string[]): void {
    this.endProgress();
    outputLines('stderr', [text].flat());
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
    const line = visibleText(this.line(progress, (now - this.started) / 1000));
    if (this.live) {
      output('stderr', `\r\u001b[2K${line}`);
      this.barShown = true;
    } else {
      output('stderr', `${line}\n`);
    }
  }

  endProgress(): void {
    if (this.barShown) output('stderr', '\r\u001b[2K');
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

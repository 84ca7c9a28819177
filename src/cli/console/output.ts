import { visibleText } from '../../shared/format/visible-text';

type Channel = 'stdout' | 'stderr';

/** Channels whose reader went away, as in `coop … | head`. */
const gone = new Set<Channel>();

/**
 * A closed output is no failure: what it would have shown is left out, and the work goes on, since a run, a context or
 * an HTML report is on disk for others. Other errors of an output end the process with exit code 1.
 */
export function outliveClosedOutputs(): void {
  for (const channel of ['stdout', 'stderr'] as const)
    process[channel].on('error', (error: NodeJS.ErrnoException) => {
      // EPIPE of POSIX, EOF of a Windows pipe, a stream that was destroyed after either; EIO of a terminal that was closed.
      const codes = ['EPIPE', 'EOF', 'ERR_STREAM_DESTROYED', ...(process[channel].isTTY ? ['EIO'] : [])];
      if (!codes.includes(error.code ?? '')) throw error;
      gone.add(channel);
    });
}

export const closed = (channel: Channel): boolean => gone.has(channel);

/** Per channel, until it has room for more: one wait for all who write meanwhile. */
const waiting = new Map<Channel, Promise<void>>();

/** Everything that the command line prints passes here. Resolves when there is room for more. */
export async function output(channel: Channel, text: string): Promise<void> {
  if (gone.has(channel)) return;
  const stream = process[channel];
  if (stream.write(text) || stream.destroyed) return;
  const room = waiting.get(channel) ?? roomIn(channel);
  waiting.set(channel, room);
  await room;
}

function roomIn(channel: Channel): Promise<void> {
  const stream = process[channel];
  return new Promise<void>(resolve => {
    const done = () => {
      stream.off('drain', done).off('close', done).off('error', done);
      waiting.delete(channel);
      resolve();
    };
    stream.on('drain', done).on('close', done).on('error', done);
  });
}

/** Each text is one line, in which nothing is unseen. */
export function outputLines(channel: Channel, lines: readonly string[]): void {
  for (const line of lines) void output(channel, `${visibleText(line)}\n`);
}

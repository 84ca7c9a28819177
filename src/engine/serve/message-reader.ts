import type { Readable } from 'node:stream';
import { AbstractMessageReader, type DataCallback, Disposable, type Message } from 'vscode-jsonrpc/node';

const MAX_HEADER_BYTES = 4096;
/** A window sends documents and lists of files, never more than this (CWE-770). */
const MAX_BODY_BYTES = 2 ** 28;
const HEADER_END = '\r\n\r\n';

/**
 * Messages framed as in the Language Server Protocol's base protocol. Unlike the library's reader, which waits for ever
 * after a header that it cannot read or a message that never comes whole, this one ends at the first broken frame: an
 * error is fired, and nothing is read any more. An input that ends between two messages is a close.
 */
export class MessageReader extends AbstractMessageReader {
  private readonly chunks: Buffer[] = [];
  private buffered = 0;
  /** Of the message that is being read; null while its header is. */
  private bodyBytes: number | null = null;
  private done = false;

  constructor(private readonly input: Readable) {
    super();
  }

  override listen(callback: DataCallback): Disposable {
    const read = (chunk: Buffer) => {
      if (this.done) return;
      this.chunks.push(chunk);
      this.buffered += chunk.length;
      try {
        for (let message = this.next(); message !== undefined; message = this.next()) callback(message);
      } catch (thrown) {
        this.fail((thrown as Error).message);
      }
    };
    const end = () => {
      if (this.done) return;
      if (this.buffered > 0 || this.bodyBytes !== null) this.fail('the input ended within a message');
      else this.close();
    };
    const error = (cause: Error) => this.fail(cause.message);
    this.input.on('data', read).on('end', end).on('close', end).on('error', error);
    return Disposable.create(() => {
      this.input.off('data', read).off('end', end).off('close', end).off('error', error);
    });
  }

  private next(): Message | undefined {
    if (this.bodyBytes === null) {
      const buffer = this.joined();
      const end = buffer.subarray(0, MAX_HEADER_BYTES).indexOf(HEADER_END);
      if (end < 0) {
        if (buffer.length >= MAX_HEADER_BYTES) throw new Error('a header has no end');
        return undefined;
      }
      this.bodyBytes = bodyBytes(buffer.toString('latin1', 0, end));
      this.drop(end + HEADER_END.length);
    }
    if (this.buffered < this.bodyBytes) return undefined;
    const body = this.joined().toString('utf8', 0, this.bodyBytes);
    this.drop(this.bodyBytes);
    this.bodyBytes = null;
    const message: unknown = JSON.parse(body);
    if (typeof message !== 'object' || message === null || !('jsonrpc' in message))
      throw new Error('a message is not of JSON-RPC');
    return message as Message;
  }

  /** Joined only when there is enough to read, so that a long message is not copied for each of its pieces. */
  private joined(): Buffer {
    if (this.chunks.length !== 1) this.chunks.splice(0, this.chunks.length, Buffer.concat(this.chunks));
    return this.chunks[0]!;
  }

  private drop(bytes: number): void {
    const rest = this.joined().subarray(bytes);
    this.chunks.splice(0, this.chunks.length, rest);
    this.buffered = rest.length;
  }

  private fail(cause: string): void {
    if (this.done) return;
    this.done = true;
    this.input.destroy();
    this.fireError(new Error(cause));
    this.fireClose();
  }

  private close(): void {
    this.done = true;
    this.fireClose();
  }
}

/** @throws Error for a header that gives no length, or one that cannot be */
function bodyBytes(header: string): number {
  const lengths = header.split('\r\n').flatMap(line => /^content-length:\s*(.*?)\s*$/i.exec(line)?.[1] ?? []);
  const [length] = lengths;
  if (lengths.length !== 1 || length === undefined || !/^\d{1,12}$/.test(length))
    throw new Error('a header gives no length of its message');
  if (Number(length) > MAX_BODY_BYTES) throw new Error(`a message of ${length} bytes is too long`);
  return Number(length);
}

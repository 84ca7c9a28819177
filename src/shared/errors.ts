/**
 * Every failure a user can meet carries a stable code, a sentence that names the thing and the cause,
 * and the next step. Code decides on `code`, never on the text.
 */
export type ErrorCode =
  | 'template.syntax'
  | 'template.tooLong'
  | 'template.column'
  | 'classes.invalid'
  | 'descriptors.invalid'
  | 'classes.none'
  | 'classes.one'
  | 'images.folder'
  | 'images.none'
  | 'image.unreadable'
  | 'image.tooLarge'
  | 'manifest.invalid'
  | 'split.invalid'
  | 'split.tooSmall'
  | 'model.missing'
  | 'model.invalid'
  | 'model.unsupported'
  | 'hub.denied'
  | 'hub.missing'
  | 'hub.unreachable'
  | 'tokenizer.missing'
  | 'tokenizer.invalid'
  | 'file.limit'
  | 'file.corrupt'
  | 'file.access'
  | 'disk.full'
  | 'context.missing'
  | 'context.mismatch'
  | 'run.missing'
  | 'run.locked'
  | 'run.corrupt'
  | 'run.changed'
  | 'run.nonFinite'
  | 'method.leftOut'
  | 'device.unavailable'
  | 'device.lost'
  | 'device.memory'
  | 'install.platform'
  | 'install.npm'
  | 'install.failed'
  | 'engine.crashed'
  | 'engine.runtime'
  | 'usage'
  | 'cancelled'
  | 'internal';

export interface CoopErrorInit {
  /** What the user should do now, as one sentence. */
  readonly next?: string;
  /** The file, template, class or run that the error is about. */
  readonly subject?: string;
  readonly cause?: unknown;
}

/** Names come from files, and a file may hold anything; what a person reads of them stays readable. */
const MAX_MESSAGE = 2000;

function shortened(message: string): string {
  if (message.length <= MAX_MESSAGE) return message;
  return `${message.slice(0, MAX_MESSAGE - 500)} … ${message.slice(-400)}`;
}

/** The plain form that crosses process and webview borders. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next?: string;
  readonly subject?: string;
}

export class CoopError extends Error {
  readonly code: ErrorCode;
  readonly next: string | undefined;
  readonly subject: string | undefined;

  constructor(code: ErrorCode, message: string, init: CoopErrorInit = {}) {
    super(shortened(message), init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'CoopError';
    this.code = code;
    this.next = init.next;
    this.subject = init.subject;
  }

  toData(): ErrorData {
    return {
      code: this.code,
      message: this.message,
      ...(this.next === undefined ? {} : { next: this.next }),
      ...(this.subject === undefined ? {} : { subject: this.subject }),
    };
  }

  static fromData(data: ErrorData): CoopError {
    return new CoopError(data.code, data.message, {
      ...(data.next === undefined ? {} : { next: data.next }),
      ...(data.subject === undefined ? {} : { subject: data.subject }),
    });
  }
}

/** Turns anything thrown into the plain form; an unknown error keeps its message under the code `internal`. */
export function errorData(thrown: unknown): ErrorData {
  if (thrown instanceof CoopError) return thrown.toData();
  if (thrown instanceof Error) {
    if (thrown.name === 'AbortError') return { code: 'cancelled', message: 'Cancelled.' };
    return { code: 'internal', message: thrown.message };
  }
  return { code: 'internal', message: String(thrown) };
}

export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}

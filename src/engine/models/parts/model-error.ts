import { systemCode } from '../../../files/disk/file-error';
import { CoopError } from '../../../shared/errors';

/** A file of the model is not there. */
export function modelMissing(subject: string, message: string, next: string, cause?: unknown): CoopError {
  return new CoopError('model.missing', message, {
    subject,
    next,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The files contradict each other or themselves. */
export function modelInvalid(file: string, problem: string, cause?: unknown): CoopError {
  return new CoopError('model.invalid', `${file}: ${problem}.`, {
    subject: file,
    next: 'Download the model again, and check that all its files belong together.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A model that is sound, but another function than the one implemented here. */
export function modelUnsupported(
  file: string,
  reason: string,
  next = 'Use a CLIP such as openai/clip-vit-base-patch32, another family that is built in, or ONNX towers.',
): CoopError {
  return new CoopError('model.unsupported', `${file}: ${reason}.`, { subject: file, next });
}

/** True for an error, or its cause, that says a file does not exist. */
export function isNotFound(thrown: unknown): boolean {
  const cause = thrown instanceof CoopError ? thrown.cause : thrown;
  const code = systemCode(cause);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

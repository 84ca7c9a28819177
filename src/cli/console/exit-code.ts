import type { ErrorCode } from '../../shared/errors';

/** Exit codes of `coop`, as `coop --help` lists them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  input: 3,
  locked: 4,
  short: 5,
  cancelled: 130,
} as const;

export function exitCode(code: ErrorCode): number {
  switch (code) {
    case 'cancelled':
      return EXIT.cancelled;
    case 'usage':
      return EXIT.usage;
    case 'run.locked':
      return EXIT.locked;
    case 'internal':
    case 'engine.crashed':
    case 'engine.runtime':
    case 'device.lost':
    case 'device.memory':
    case 'device.unavailable':
    case 'install.platform':
    case 'install.npm':
    case 'install.failed':
    case 'disk.full':
    case 'file.access':
    case 'hub.unreachable':
    case 'run.nonFinite':
      return EXIT.failed;
    default:
      return EXIT.input;
  }
}

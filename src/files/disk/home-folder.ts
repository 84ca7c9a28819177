import os from 'node:os';
import path from 'node:path';

/** The user's home folder; null for a user without one: no HOME, and no entry in the system's list of users. */
export function homeFolder(): string | null {
  try {
    return os.homedir();
  } catch {
    return null;
  }
}

/** A path as a shell would read it: a leading `~`, and `$NAME` or `${NAME}` where the environment has it. */
export function expandPath(text: string): string {
  const home = homeFolder();
  const expanded = home === null ? text : text.replace(/^~(?=$|[\\/])/, () => home);
  return expanded.replace(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (written, plain: string | undefined, braced: string | undefined) =>
      process.env[plain ?? braced ?? ''] ?? written,
  );
}

/** `.cache` of the home folder, or $XDG_CACHE_HOME; null where there is neither. */
export function userCacheFolder(): string | null {
  const { XDG_CACHE_HOME } = process.env;
  if (XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== '') return expandPath(XDG_CACHE_HOME);
  const home = homeFolder();
  return home === null ? null : path.join(home, '.cache');
}

import path from 'node:path';

/**
 * A path that a list names, relative to the root with forward slashes and without detours: `./cat/0.png`, `cat\0.png` and
 * the absolute path of a file below the root are all `cat/0.png`. Null for one that leads out.
 */
export function insideRoot(root: string, file: string): string | null {
  if (file.includes('\0')) return null;
  const slashed = file.replaceAll('\\', '/');
  if (/^[a-z]:/i.test(slashed) && path.sep === '/') return null;
  const relative = path.relative(root, path.resolve(root, slashed)).replaceAll('\\', '/');
  const leaves =
    relative === '' || relative === '..' || relative.startsWith('../') || path.isAbsolute(relative);
  return leaves ? null : relative;
}

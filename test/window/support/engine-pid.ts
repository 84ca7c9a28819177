import { readdirSync, readFileSync } from 'node:fs';

/**
 * The engine of a window, found by the folder of the window in its environment; a window knows its engine, its page does not.
 * @param scratch a path that stands in the environment of nothing else
 */
export function enginePid(scratch: string): number | null {
  for (const name of readdirSync('/proc').filter(each => /^\d+$/.test(each))) {
    const read = (file: string) => {
      try {
        return readFileSync(`/proc/${name}/${file}`, 'utf8');
      } catch {
        return ''; // It ended meanwhile.
      }
    };
    if (/coop\.js\0serve\0/.test(read('cmdline')) && read('environ').includes(scratch)) return Number(name);
  }
  return null;
}

import { spawnSync } from 'node:child_process';

/** Whether a Python is there that has the modules: Debian's smallest has hardly any of its own library. */
export function pythonImports(modules: string, python = 'python3'): boolean {
  return spawnSync(python, ['-c', `import ${modules}`]).status === 0;
}

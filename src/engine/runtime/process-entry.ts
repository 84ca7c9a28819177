import path from 'node:path';

/**
 * How to start one of the engine's own processes. In the bundle `name.js` lies beside the main file; from sources
 * (tests) the TypeScript file runs through tsx.
 * @param source the process's file from src/engine without ending, e.g. `runtime/probe-process`
 */
export function engineProcess(source: string): {
  readonly command: string;
  readonly args: readonly string[];
} {
  const command = process.execPath;
  if (__filename.endsWith('.ts'))
    return { command, args: ['--import=tsx', path.join(__dirname, '..', `${source}.ts`)] };
  return { command, args: [path.join(__dirname, `${path.basename(source)}.js`)] };
}

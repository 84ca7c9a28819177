import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { buildCommand } from './build-command';
import { type CoopOptions, type Ended, type Started, startCoop } from './run-coop';

/** The built command line in a folder of its own. */
export class CommandLine {
  private readonly command = buildCommand();

  constructor(readonly folder: string) {}

  at(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  start(args: readonly string[], options?: CoopOptions): Started {
    return startCoop(this.command, this.folder, args, options);
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** What it answers with `--json`. @throws AssertionError with what it said instead */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

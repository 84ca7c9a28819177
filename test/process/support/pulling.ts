import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { HubServer } from '../../support/hub-server';
import type { Ended } from './run-coop';

export interface Pulling {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A home folder for `coop` processes that speak to a hub of ours and know nothing else of this machine's models. */
export class PullingHome {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'coop-pull-'));

  constructor(
    private readonly command: string,
    private readonly server: HubServer,
    readonly cache = path.join(this.folder, 'hub'),
  ) {
    mkdirSync(this.cache, { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  repository(id: string, ...names: readonly string[]): string {
    return path.join(this.cache, `models--${id.replace('/', '--')}`, ...names);
  }

  blobs(id: string): readonly string[] {
    return readdirSync(this.repository(id, 'blobs')).sort();
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Pulling {
    const own = /^(HF_|HUGGING|TRANSFORMERS_|.*_proxy$|COOP_)/i;
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
    const child = spawn(process.execPath, [this.command, ...args], {
      cwd: this.folder,
      env: {
        ...inherited,
        HOME: this.folder,
        HF_HUB_CACHE: this.cache,
        HF_ENDPOINT: this.server.endpoint,
        COOP_CACHE_DIR: path.join(this.folder, 'cache'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data));
    child.stderr.on('data', (data: Buffer) => (stderr += data));
    const ended = new Promise<Ended>(resolve => child.on('close', code => resolve({ code, stdout, stderr })));
    return { child, ended };
  }

  pull(id: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(['models', 'pull', id], environment).ended;
  }
}

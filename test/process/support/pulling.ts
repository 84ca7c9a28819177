import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HubServer } from '../../support/hub-server';
import { type Ended, type Started, startCoop } from './run-coop';

/** A home folder for `coop` processes that speak to a hub of ours and know nothing else of this machine's models. */
export class PullingHome {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'coop-pull-'));
  private readonly cache = path.join(this.folder, 'hub');

  private constructor(
    private readonly command: string,
    readonly server: HubServer,
  ) {
    mkdirSync(this.cache);
  }

  static async open(command: string): Promise<PullingHome> {
    return new PullingHome(command, await new HubServer().start());
  }

  async close(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  repository(id: string, ...names: readonly string[]): string {
    return path.join(this.cache, `models--${id.replace('/', '--')}`, ...names);
  }

  blobs(id: string): readonly string[] {
    return readdirSync(this.repository(id, 'blobs')).sort();
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Started {
    const own = /^(HF_|HUGGING|TRANSFORMERS_|.*_proxy$|COOP_(?!CACHE_DIR$))/i;
    const without = Object.keys(process.env).filter(name => own.test(name));
    return startCoop(this.command, this.folder, args, {
      environment: {
        ...Object.fromEntries(without.map(name => [name, undefined])),
        HOME: this.folder,
        HF_HUB_CACHE: this.cache,
        HF_ENDPOINT: this.server.endpoint,
        ...environment,
      },
    });
  }

  pull(id: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(['models', 'pull', id], environment).ended;
  }
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { listen, portOf } from '../../support/listen';

export interface PackedModule {
  readonly name: string;
  readonly version: string;
  /** Its files beside package.json, text by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A registry on this machine that npm installs from: one version of each module. */
export class NpmRegistry {
  private constructor(
    private readonly server: Server,
    private readonly answers: Map<string, string | Buffer>,
    private readonly scratch: string,
  ) {}

  static async start(scratch: string): Promise<NpmRegistry> {
    const answers = new Map<string, string | Buffer>();
    const server = createServer(({ url }, response) => {
      const answer = answers.get(decodeURIComponent(url ?? ''));
      response.writeHead(answer === undefined ? 404 : 200).end(answer);
    });
    await listen(server);
    return new NpmRegistry(server, answers, scratch);
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.server)}/`;
  }

  /** What npm of a process is told so that it asks here and nowhere else. */
  get env(): Record<string, string> {
    return {
      npm_config_registry: this.url,
      npm_config_cache: path.join(this.scratch, 'npm-cache'),
      npm_config_fetch_retries: '0',
    };
  }

  publish({ name, version, files, scripts = {} }: PackedModule): void {
    const folder = path.join(
      this.scratch,
      `pack-${createHash('sha256').update(`${name}${version}`).digest('hex').slice(0, 8)}`,
    );
    const manifest = { name, version, main: 'index.js', scripts };
    for (const [file, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    const packed = spawnSync('npm', ['pack', '--json', '--ignore-scripts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    const tarball = readFileSync(path.join(folder, filename));
    const place = `/-/${path.basename(filename)}`;
    this.answers.set(place, tarball);
    const dist = {
      tarball: new URL(place, this.url).href,
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    };
    const hasInstallScript = 'postinstall' in scripts;
    this.answers.set(
      `/${name}`,
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { ...manifest, dist, hasInstallScript } },
      }),
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUNTIMES } from '../../src/engine/runtime/installs/runtimes';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { NpmRegistry } from './support/npm-registry';

/** Real npm and a registry of this machine; what it serves under onnxruntime's name is a stand-in that uses the real one. */
describe('coop devices --install-…', function () {
  this.timeout(120_000);
  let scratch: string;
  let command: string;
  let registry: NpmRegistry;

  before(async function () {
    if (`${process.platform}-${process.arch}` !== 'linux-x64') this.skip();
    scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-install-'));
    command = buildCommand();
    registry = await NpmRegistry.start(scratch);
  });
  after(async () => {
    await registry?.close();
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  });

  const runtimes = (name: string) => path.join(scratch, name);

  function start(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [command, ...args], {
      cwd: scratch,
      env: {
        ...process.env,
        ...registry.env,
        COOP_RUNTIMES_DIR: runtimes(name),
        COOP_CACHE_DIR: path.join(scratch, 'cache'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data));
    child.stderr.on('data', (data: Buffer) => (stderr += data));
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve =>
      child.on('close', code => resolve({ code, stdout, stderr })),
    );
    return { child, ended };
  }

  const publish = (postinstall: string) =>
    registry.publish({
      name: 'onnxruntime-node',
      version: RUNTIMES.cuda.version,
      files: {
        'index.js': `require('node:fs').writeFileSync(${JSON.stringify(path.join(scratch, 'loaded'))}, process.env.ONNXRUNTIME_NODE_INSTALL ?? '');
module.exports = require(${JSON.stringify(path.join(root, 'node_modules/onnxruntime-node'))});`,
        'install.js': postinstall,
      },
      scripts: { postinstall: 'node install.js' },
    });

  const proves = `const fs = require('node:fs'), path = require('node:path');
const file = ${JSON.stringify(RUNTIMES.cuda.proof)};
fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(file, process.env.ONNXRUNTIME_NODE_INSTALL);`;

  it('puts it into the user’s folder, once, and the engine runs with it', async () => {
    publish(proves);
    const { code, stderr } = await start('good', ['devices', '--install-cuda']).ended;
    assert.equal(code, 0, stderr);
    const [folder] = readdirSync(runtimes('good'));
    assert.equal(folder, `cuda-${RUNTIMES.cuda.version}`);
    const place = path.join(runtimes('good'), folder!, 'node_modules/onnxruntime-node');
    assert.equal(readFileSync(path.join(place, RUNTIMES.cuda.proof), 'utf8'), 'cuda12');
    assert.match(
      stderr,
      /onnxruntime-node [\d.]+ is now in .* It needs an NVIDIA driver, CUDA 12 and cuDNN 9/,
    );
    const again = await start('good', ['devices', '--install-cuda']).ended;
    assert.match(again.stderr, /was already in/);

    rmSync(path.join(scratch, 'loaded'), { force: true });
    const sample = path.join(root, 'media/sample/demo.prompts');
    const scored = await start('good', ['score', sample, '--json']).ended;
    assert.equal(scored.code, 0, scored.stderr);
    assert.ok(existsSync(path.join(scratch, 'loaded')));
    const plain = await start('none', ['score', sample, '--json']).ended;
    const scores = (text: string) => (JSON.parse(text) as { scores: { line: string }[] }).scores;
    assert.ok(scores(plain.stdout).length > 1);
    assert.deepEqual(scores(scored.stdout), scores(plain.stdout));
  });

  it('leaves nothing behind where the registry cannot be reached, its script fails, or does not do its work', async () => {
    publish('throw new Error("getaddrinfo ENOTFOUND api.nuget.org")');
    const script = await start('bad', ['devices', '--install-cuda', '--json']).ended;
    assert.equal(script.code, 1);
    const { error } = JSON.parse(script.stdout) as { error: { code: string; message: string; next: string } };
    assert.equal(error.code, 'install.failed');
    assert.match(error.message, /could not be installed: Error: getaddrinfo ENOTFOUND api\.nuget\.org$/);
    publish('');
    const idle = await start('bad', ['devices', '--install-cuda', '--json']).ended;
    assert.match(idle.stdout, /left no libonnxruntime_providers_cuda\.so/);
    const offline = await start('bad', ['devices', '--install-tensorflow', '--json'], {
      npm_config_registry: 'http://127.0.0.1:9/',
    }).ended;
    assert.match(offline.stdout, /ECONNREFUSED/);
    assert.deepEqual(readdirSync(runtimes('bad')), []);
  });

  it('says that npm is missing', async () => {
    const empty = path.join(scratch, 'empty');
    mkdirSync(empty, { recursive: true });
    const { code, stdout } = await start('bad', ['devices', '--install-cuda', '--json'], { PATH: empty })
      .ended;
    assert.equal(code, 1);
    const { error } = JSON.parse(stdout) as { error: { code: string; next: string } };
    assert.equal(error.code, 'install.npm');
    assert.match(error.next, /nodejs\.org/);
    assert.deepEqual(readdirSync(runtimes('bad')), []);
  });

  it('ends npm and its scripts when it is cancelled', async () => {
    const mark = path.join(scratch, 'script.pid');
    publish(
      `require('node:fs').writeFileSync(${JSON.stringify(mark)}, String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const { child, ended } = start('cancelled', ['devices', '--install-cuda']);
    while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await sleep(50);
    const script = Number(readFileSync(mark, 'utf8'));
    child.kill('SIGINT');
    assert.equal((await ended).code, 130);
    assert.deepEqual(readdirSync(runtimes('cancelled')), []);
    for (let tries = 0; tries < 100 && existsSync(`/proc/${script}`); tries++) {
      if (/\) Z /.test(readFileSync(`/proc/${script}/stat`, 'utf8'))) break;
      await sleep(50);
    }
    assert.ok(!existsSync(`/proc/${script}`) || /\) Z /.test(readFileSync(`/proc/${script}/stat`, 'utf8')));
  });
});

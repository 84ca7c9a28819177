import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUNTIMES } from '../../src/engine/runtime/installs/runtimes';
import { acquireLock } from '../../src/files/runs/run-lock';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { NpmRegistry } from './support/npm-registry';
import { startCoop } from './support/run-coop';
import { Engine } from './support/serve';

/** Real npm and a registry of this machine; what it serves under onnxruntime's name is a stand-in that uses the real one. */
describe('coop devices --install-…', () => {
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
    const environment = { ...registry.env, COOP_RUNTIMES_DIR: runtimes(name), ...env };
    return startCoop(command, scratch, args, { environment });
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

  it('keeps the hub’s tokens from npm and its scripts', async () => {
    const seen = path.join(scratch, 'env.json');
    publish(`${proves}\nfs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env));`);
    const { code, stderr } = await start('tokens', ['devices', '--install-cuda'], {
      HF_TOKEN: 'hf_one',
      HUGGING_FACE_HUB_TOKEN: 'hf_two',
      MARK: 'here',
    }).ended;
    assert.equal(code, 0, stderr);
    const text = readFileSync(seen, 'utf8');
    assert.match(text, /"MARK":"here"/);
    assert.doesNotMatch(text, /hf_one|hf_two/);
  });

  it('removes what killed installations left, and nothing of one that goes on', async () => {
    publish(proves);
    const draft = (name: string) => path.join(runtimes('left'), `cuda-${RUNTIMES.cuda.version}-${name}`);
    for (const name of ['killed', 'going', 'unlocked']) mkdirSync(draft(name), { recursive: true });
    writeFileSync(path.join(draft('unlocked'), 'package.json'), '{}');
    const going = await acquireLock(draft('going'));
    const dead = {
      ...going.record,
      pid: going.record.pid,
      processStart: 'another process',
      token: '0'.repeat(32),
    };
    writeFileSync(path.join(draft('killed'), 'lock'), JSON.stringify(dead));
    try {
      const { code, stderr } = await start('left', ['devices', '--install-cuda']).ended;
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        readdirSync(runtimes('left')).map(name => path.join(runtimes('left'), name)),
        [draft('going').replace(/-going$/, ''), draft('going')],
      );
    } finally {
      await going.release();
    }
  });

  const isGone = (pid: number) => {
    try {
      return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  };

  /** Starts an installation whose script never ends, ends what runs it, and looks at what is left. */
  async function leavesNothing(name: string, begin: () => () => Promise<unknown>): Promise<void> {
    const mark = path.join(scratch, `${name}.pid`);
    publish(
      `require('node:fs').writeFileSync(${JSON.stringify(mark)}, String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const end = begin();
    while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await sleep(50);
    const script = Number(readFileSync(mark, 'utf8'));
    await end();
    for (let tries = 0; tries < 100 && !isGone(script); tries++) await sleep(50);
    assert.ok(isGone(script));
    assert.deepEqual(readdirSync(runtimes(name)), []);
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`ends npm and its scripts when it is cancelled by ${signal}`, () =>
      leavesNothing(signal, () => {
        const { child, ended } = start(signal, ['devices', '--install-cuda']);
        return async () => {
          child.kill(signal);
          assert.equal((await ended).code, 130);
        };
      }));

  it('ends npm and its scripts when its terminal closes', async function () {
    if (spawnSync('script', ['--version']).status !== 0) this.skip();
    await leavesNothing('terminal', () => {
      const terminal = spawn(
        'script',
        ['-qefc', `'${process.execPath}' '${command}' devices --install-cuda`, '/dev/null'],
        {
          env: { ...process.env, ...registry.env, COOP_RUNTIMES_DIR: runtimes('terminal') },
          stdio: ['ignore', 'ignore', 'ignore'],
        },
      );
      return async () => {
        terminal.kill('SIGKILL');
        for (let tries = 0; tries < 200 && readdirSync(runtimes('terminal')).length > 0; tries++)
          await sleep(50);
      };
    });
  });

  for (const how of ['close', 'SIGTERM', 'SIGHUP'] as const)
    it(`ends npm and its scripts with the engine of a window: ${how}`, () =>
      leavesNothing(`engine-${how}`, () => {
        const engine = new Engine(command, scratch, {
          ...registry.env,
          COOP_RUNTIMES_DIR: runtimes(`engine-${how}`),
        });
        engine.request('engine/install', { runtime: 'cuda', job: 'install' }).catch(() => undefined);
        return async () => {
          if (how === 'close') engine.close();
          else engine.kill(how);
          assert.equal(await engine.ended, 0);
        };
      }));
});

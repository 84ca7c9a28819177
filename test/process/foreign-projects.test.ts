import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { processStart } from '../../src/files/runs/process-identity';
import { askEngine } from './support/ask-engine';
import { buildCommand } from './support/build-command';
import { DONE, oldProject } from './support/old-project';
import { runCoop } from './support/run-coop';

/** What a stranger's repository can do to whoever opens it: nothing outside its folder is read, changed or ended. */
describe('a project from anyone', () => {
  let command: string;
  let folder: string;
  let directory: string;
  const children: ChildProcess[] = [];
  const coop = (...args: string[]) => runCoop(command, folder, args);
  const at = (name: string) => path.join(directory, name);
  const edit = (name: string, change: object) => {
    const json = JSON.parse(readFileSync(at(name), 'utf8'));
    writeFileSync(at(name), JSON.stringify({ ...json, ...change }));
  };

  before(() => {
    command = buildCommand();
  });
  beforeEach(() => {
    folder = oldProject();
    const runs = path.join(folder, '.coop/runs');
    const [done] = readdirSync(runs).sort();
    directory = path.join(runs, done!);
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  describe('apply', () => {
    it('writes into no file that a run only names', async () => {
      const startFile = path.join(folder, '..', `${path.basename(folder)}-bashrc`);
      writeFileSync(startFile, '# user settings\n');
      try {
        const document = (file: string) => ({
          document: { path: file, text: '' },
          replaces: '# user settings',
          template: 'touch PWNED #{} [V:4]',
        });
        for (const file of [startFile, `../../${path.basename(startFile)}`]) {
          edit('run.json', document(file));
          assert.notEqual((await coop('apply', directory)).code, 0, file);
          assert.equal(readFileSync(startFile, 'utf8'), '# user settings\n', file);
        }
        symlinkSync(startFile, path.join(folder, 'link.prompts'));
        edit('run.json', document('../link.prompts'));
        const { code, stderr } = await coop('apply', directory);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /a link out of its project/);
        assert.equal(readFileSync(startFile, 'utf8'), '# user settings\n');
        assert.equal(existsSync(path.join(folder, '.coop/contexts', `${DONE}.safetensors`)), true);
      } finally {
        rmSync(startFile);
      }
    });

    it('in a copied project changes the copy, whatever path the run was made with', async () => {
      const original = path.join(folder, 'demo.prompts');
      const before = readFileSync(original, 'utf8');
      for (const stored of [original, '../demo.prompts']) {
        edit('run.json', { document: { path: stored, text: before } });
        const copy = path.join(folder, 'copy');
        cpSync(path.join(folder, '.coop'), path.join(copy, '.coop'), { recursive: true });
        cpSync(original, path.join(copy, 'demo.prompts'));
        const { code, stderr } = await runCoop(command, copy, ['apply', DONE]);
        assert.equal(code, 0, stderr);
        assert.equal(readFileSync(original, 'utf8'), before, stored);
        assert.match(readFileSync(path.join(copy, 'demo.prompts'), 'utf8'), /<demo-16shot>/);
        rmSync(copy, { recursive: true });
      }
    });

    it('stores no file that is no context, and none through a link', async () => {
      const secret = path.join(folder, 'id_rsa');
      writeFileSync(secret, 'SECRET');
      const stored = path.join(folder, '.coop/contexts', `${DONE}.safetensors`);
      rmSync(stored);
      renameSync(at('context.safetensors'), at('whole'));
      symlinkSync(secret, at('context.safetensors'));
      assert.match((await coop('apply', DONE)).stderr, /context\.safetensors is a symbolic link/);
      rmSync(at('context.safetensors'));
      writeFileSync(at('context.safetensors'), 'SECRET');
      assert.notEqual((await coop('apply', DONE)).code, 0);
      assert.equal(existsSync(stored), false);
      renameSync(at('whole'), at('context.safetensors'));
      symlinkSync(secret, stored);
      assert.match((await coop('apply', DONE)).stderr, /symbolic link/);
      assert.equal(readFileSync(secret, 'utf8'), 'SECRET');
      assert.doesNotMatch(readFileSync(path.join(folder, 'demo.prompts'), 'utf8'), /<demo-16shot>/);
    });
  });

  describe('stop', () => {
    const state = () => JSON.parse(readFileSync(at('state.json'), 'utf8')).phase as string;

    it('ends no process that a lock only names', async () => {
      const victim = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
        stdio: 'ignore',
        detached: true,
      });
      children.push(victim);
      const lock = {
        pid: victim.pid,
        token: '0'.repeat(32),
        host: os.hostname(),
        heartbeat: new Date().toISOString(),
      };
      rmSync(at('report.json'));
      edit('state.json', { phase: 'learning' });
      const start = await processStart(victim.pid!);
      writeFileSync(at('lock'), JSON.stringify({ ...lock, processStart: start }));
      await assert.rejects(askEngine(command, folder, 'run/stop', { directory }), /so it was not ended/);
      assert.equal(victim.exitCode ?? victim.signalCode, null);
      assert.equal(state(), 'learning', 'and it does not say that it was stopped');
      assert.equal(readFileSync(at('control'), 'utf8'), `stop ${lock.token}\n`, 'but it was asked to');
    });

    it('writes through no link', async () => {
      const keys = path.join(folder, 'authorized_keys');
      writeFileSync(keys, 'line\ncut off');
      edit('state.json', { phase: 'learning' });
      for (const name of ['control', 'events.jsonl', 'state.json']) {
        const there = existsSync(at(name)) ? readFileSync(at(name)) : null;
        rmSync(at(name), { force: true });
        symlinkSync(keys, at(name));
        const words = new RegExp(`${name.replace('.', '\\.')}.* symbolic link`);
        await assert.rejects(askEngine(command, folder, 'run/stop', { directory }), words, name);
        assert.equal(readFileSync(keys, 'utf8'), 'line\ncut off', name);
        assert.ok(lstatSync(at(name)).isSymbolicLink());
        rmSync(at(name));
        if (there !== null) writeFileSync(at(name), there);
      }
    });
  });

  it('does not keep “coop runs” waiting, and each damaged run is named', async function () {
    if (process.platform === 'win32') this.skip();
    const runs = path.join(folder, '.coop/runs');
    for (const [name, target] of Object.entries({ a: '/dev/ptmx', b: '/dev/zero', c: '/dev/tty' })) {
      cpSync(directory, path.join(runs, name), { recursive: true });
      rmSync(path.join(runs, name, 'run.json'));
      symlinkSync(target, path.join(runs, name, 'run.json'));
    }
    cpSync(directory, path.join(runs, 'd'), { recursive: true });
    rmSync(path.join(runs, 'd/state.json'));
    execFileSync('mkfifo', [path.join(runs, 'd/state.json')]);
    const { code, stdout, stderr } = await coop('runs', '--json');
    assert.equal(code, 0, stderr);
    const { runs: whole, damaged } = JSON.parse(stdout);
    assert.equal(whole.length, 2);
    assert.deepEqual(
      damaged.map((run: { directory: string }) => path.basename(run.directory)),
      ['d', 'c', 'b', 'a'],
    );
  });

  it('is not written over what is no file: a report onto a device or a pipe', async function () {
    if (process.platform === 'win32') this.skip();
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const device = path.join(folder, 'null');
    const made = spawn('mknod', [device, 'c', '1', '3']);
    const hasDevice = await new Promise(resolve => made.on('close', code => resolve(code === 0)));
    for (const target of [pipe, ...(hasDevice ? [device] : [])]) {
      const { code, stderr } = await coop('report', DONE, '--html', target);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /it is a pipe or a device, not a file/);
      assert.equal(lstatSync(target).isFile(), false);
    }
  });

  it('puts no picture into an HTML report but those of its document', async () => {
    const report = JSON.parse(readFileSync(at('report.json'), 'utf8'));
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'coop-private-'));
    const pictures = async (change: object) => {
      edit('report.json', change);
      const { code, stderr } = await coop('report', DONE, '--html', 'out.html');
      assert.equal(code, 0, stderr);
      const html = readFileSync(path.join(folder, 'out.html'), 'utf8');
      const data = /<script type="application\/json" id="report-data">(.*)<\/script>/.exec(html)![1]!;
      return Object.keys(JSON.parse(data).thumbnails);
    };
    try {
      const [first, second, ...others] = report.images;
      cpSync(path.join(folder, 'images/groups', first.path), path.join(elsewhere, 'private.png'));
      const outside = path.relative(path.join(folder, 'images/groups'), path.join(elsewhere, 'private.png'));
      const images = [{ ...first, path: 'private.png' }, { ...second, path: outside }, ...others];
      assert.ok((await pictures({})).includes(first.path), 'its own pictures are there');
      for (const imagesFolder of [elsewhere, '/', path.relative(path.join(folder, '.coop'), elsewhere)]) {
        const shown = await pictures({ imagesFolder, images });
        assert.ok(!shown.includes('private.png') && !shown.includes(outside), imagesFolder);
        assert.ok(shown.includes(others[0].path), imagesFolder);
      }
      symlinkSync(elsewhere, path.join(folder, 'images/groups/link'));
      const shown = await pictures({ imagesFolder: path.join(folder, 'images/groups/link'), images });
      assert.ok(!shown.includes('private.png'), 'nor through a link');
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});

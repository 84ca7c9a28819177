import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UNSEEN } from '../support/foreign-text';
import { buildCommand } from './support/build-command';
import { sampleProject } from './support/sample-project';

/** Writes the clipboard of many terminals, sets a title, goes on in a new line. */
const ESCAPES = 'x\u001b]52;c;cm0gLXJm\u0007\u001b]0;t\u0007\u009b2J\u202e\nrm';

describe('the command line with names that speak to the terminal', () => {
  let command: string;
  let folder: string;
  before(function () {
    // Windows' file systems have no such names.
    if (process.platform === 'win32') this.skip();
    command = buildCommand();
    folder = sampleProject();
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  const coop = (...args: readonly string[]) => {
    const env = { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache') };
    const ended = spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: 'utf8', env });
    for (const line of `${ended.stdout}${ended.stderr}`.split('\n')) assert.doesNotMatch(line, UNSEEN);
    return ended;
  };

  it('shows classes, files and folders of a scan', () => {
    const images = path.join(folder, ESCAPES);
    for (const name of [ESCAPES, 'other']) {
      mkdirSync(path.join(images, name), { recursive: true });
      cpSync(path.join(folder, 'images/groups/objects/axe.jpg'), path.join(images, name, `${ESCAPES}.jpg`));
    }
    for (const more of [[], ['--json']]) {
      const { status, stdout } = coop('scan', ESCAPES, ...more);
      assert.equal(status, 0);
      assert.match(stdout, /x\\u001b\]52;c;cm0gLXJm\\u0007/);
    }
  });

  it('shows what it cannot find', () => {
    for (const args of [
      ['scan', ESCAPES.slice(1)],
      ['report', ESCAPES],
      ['score', `${ESCAPES}.prompts`],
      [ESCAPES],
      ['scan', '.', `--${ESCAPES}`],
    ])
      assert.notEqual(coop(...args).status, 0);
  });

  it('shows templates, runs and the command that repeats them', () => {
    const name = 'd\u001b]0;t\u0007 \n.prompts';
    const text = readFileSync(path.join(folder, 'demo.prompts'), 'utf8');
    writeFileSync(path.join(folder, name), `${text}\na \u001b]0;t\u0007{}\n[V:2] \u009b2J{}\n`);
    coop('score', name);
    const refused = coop('learn', name, '--line', '[V:2] \u009b2J{}', '--epochs', '1', '--shots', '1');
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /^coop: “\[V:2\] \\u009b2J\{\}” holds a control character\.$/m);
    coop('learn', name, '--line', '[V:2] {}', '--epochs', '1', '--shots', '1');
    coop('runs');
    const { stdout } = coop('report');
    assert.match(stdout, /^Again: coop learn \$'d\\033\]0;t\\007 \\012\.prompts' --line /m);
  });
});

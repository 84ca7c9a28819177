import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { DONE, oldProject } from './support/old-project';

describe('a closed output', () => {
  let command: string;
  let folder: string;
  before(function () {
    if (spawnSync('bash', ['--version']).status !== 0) this.skip();
    command = buildCommand();
    folder = oldProject();
    writeFileSync(path.join(folder, 'lines'), 'a photo of a cat\n'.repeat(200_000));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** A pipeline of the shell; the exit codes of its parts, and what was told. */
  function pipe(line: string): { codes: string; stdout: string; stderr: string } {
    const script = `coop() { "$NODE" "$COOP" "$@"; }\n${line}\necho "\${PIPESTATUS[*]}" > codes`;
    const env = {
      ...process.env,
      NODE: process.execPath,
      COOP: command,
      MODEL: path.join(root, 'media/sample/icon-clip'),
      COOP_CACHE_DIR: path.join(folder, 'cache'),
    };
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', env });
    return { codes: readFileSync(path.join(folder, 'codes'), 'utf8').trim(), stdout, stderr };
  }

  it('is no failure, and nothing is told', () => {
    for (const line of [
      'coop models --json | true',
      'coop runs | true',
      `coop report ${DONE} --json | head -1 > /dev/null`,
    ])
      assert.deepEqual(pipe(line), { codes: '0 0', stdout: '', stderr: '' }, line);
  });

  it('ends what is only a stream of answers', () => {
    const { codes, stdout, stderr } = pipe('coop tokenize --model "$MODEL" < lines | head -1');
    assert.deepEqual([codes, stderr], ['0 0', '']);
    assert.match(stdout, /^\[\d+(,\d+)+\]\n$/);
  });

  it('may be slow: everything comes, and nothing else is told', () => {
    const many = path.join(folder, 'many');
    for (const name of ['cat', 'dog']) {
      mkdirSync(path.join(many, name), { recursive: true });
      const good = path.join(root, 'media/sample/images/groups/objects');
      cpSync(path.join(good, readdirSync(good)[0]!), path.join(many, name, 'good.png'));
      // Lines of a hundred letters and more: more than any pipe holds.
      for (let at = 0; at < 800; at++)
        writeFileSync(path.join(many, name, `${String(at).padStart(100, '0')}.jpg`), 'no image');
    }
    const { codes, stdout, stderr } = pipe('coop scan many --all | (sleep 1; grep -c jpg)');
    assert.deepEqual([codes, stdout.trim(), stderr], ['0 0', '1600', '']);
    assert.deepEqual(pipe('coop scan many --all | head -1 > /dev/null'), {
      codes: '0 0',
      stdout: '',
      stderr: '',
    });
  });

  it('lets the work go on', () => {
    assert.equal(pipe(`coop report ${DONE} --html out.html | true`).codes, '0 0');
    assert.ok(existsSync(path.join(folder, 'out.html')));
    assert.equal(pipe('coop score demo.prompts 2>&1 | true').codes, '0 0');
  });
});

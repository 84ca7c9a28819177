import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildCommand } from './support/build-command';
import { DONE, oldProject } from './support/old-project';

describe('apply', () => {
  it('puts in a line that was learned with --line, once', () => {
    const command = buildCommand();
    const project = oldProject();
    const apply = () => {
      const ended = spawnSync(process.execPath, [command, 'apply', DONE], { cwd: project, encoding: 'utf8' });
      assert.equal(ended.status, 0, ended.stderr);
      return ended.stdout;
    };
    const runs = path.join(project, '.coop/runs');
    const file = path.join(runs, readdirSync(runs).sort()[0]!, 'run.json');
    const inputs = JSON.parse(readFileSync(file, 'utf8'));
    const line = { template: 'an icon: [V:16] {}', replaces: 'an icon: [V:16] {}' };
    writeFileSync(file, JSON.stringify({ ...inputs, ...line }));
    const document = path.join(project, 'demo.prompts');
    const before = readFileSync(document, 'utf8');
    assert.match(apply(), /new line “an icon: <demo-16shot> \{\}”/);
    const after = readFileSync(document, 'utf8');
    assert.equal(after.replace('\nan icon: <demo-16shot> {}', ''), before);
    assert.match(apply(), /stands there already/);
    assert.equal(readFileSync(document, 'utf8'), after);
    rmSync(project, { recursive: true });
  });
});

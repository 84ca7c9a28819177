import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CONTRIBUTED_COMMANDS } from '../../src/extension/services/command-list';
import { root } from '../support/root';

const text = (name: string) => readFileSync(path.join(root, name), 'utf8');

describe('the extension’s manifest', () => {
  const manifest = text('package.json');
  const words = JSON.parse(text('package.nls.json')) as Record<string, string>;

  it('takes every text from package.nls.json, which has no others', () => {
    const used = new Set([...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key!));
    assert.deepEqual([...used].sort(), Object.keys(words).sort());
    assert.ok(Object.values(words).every(word => word.trim() !== ''));
  });

  it('contributes the commands that are registered, and names only these and its views', () => {
    const { contributes } = JSON.parse(manifest) as {
      contributes: {
        commands: { command: string }[];
        menus: Record<string, { command: string; when: string }[]>;
        views: Record<string, { id: string }[]>;
        viewsWelcome: { view: string; contents: string }[];
        walkthroughs: { steps: { description: string; completionEvents: string[] }[] }[];
      };
    };
    const commands = new Set(contributes.commands.map(({ command }) => command));
    assert.deepEqual([...commands].sort(), Object.keys(CONTRIBUTED_COMMANDS).sort());
    assert.equal(contributes.commands.length, commands.size, 'a command stands twice');
    const views = new Set(Object.values(contributes.views).flatMap(list => list.map(({ id }) => id)));
    for (const { command, when } of Object.values(contributes.menus).flat()) {
      assert.ok(commands.has(command), command);
      for (const [, view] of when.matchAll(/view == ([\w.]+)/g)) assert.ok(views.has(view!), view);
    }
    const steps = contributes.walkthroughs.flatMap(walkthrough => walkthrough.steps);
    const linked = [
      ...steps.map(({ description }) => description),
      ...contributes.viewsWelcome.map(({ contents }) => contents),
    ]
      .map(key => words[key.slice(1, -1)]!)
      .flatMap(word => [...word.matchAll(/command:(coop\.\w+)/g)].map(([, command]) => command!));
    const completing = steps
      .flatMap(({ completionEvents }) => completionEvents)
      .flatMap(event => (event.startsWith('onCommand:') ? [event.slice(10)] : []));
    for (const command of [...linked, ...completing]) assert.ok(commands.has(command), command);
    assert.ok(contributes.viewsWelcome.every(({ view }) => views.has(view)));
  });
});

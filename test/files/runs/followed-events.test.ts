import assert from 'node:assert/strict';
import { appendFileSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { FollowedEvents } from '../../../src/files/runs/followed-events';
import { useRun } from '../../process/support/use-run';

const line = (message: string) =>
  `${JSON.stringify({ type: 'warning', time: '2026-03-01T12:00:00.000Z', message })}\n`;

describe('events that are followed', () => {
  let directory: string;
  let file: string;
  useRun((_, made) => {
    directory = made;
    file = path.join(directory, 'events.jsonl');
  });
  const told = async (followed: FollowedEvents) =>
    (await followed.of(directory)).map(event => event.type === 'warning' && event.message);

  it('are read once each: bytes that were read before are not looked at again', async () => {
    const followed = new FollowedEvents();
    assert.deepEqual(await told(followed), []);
    writeFileSync(file, `${line('one')}${line('two')}{"type":"warn`);
    assert.deepEqual(await told(followed), ['one', 'two']);
    // Whoever reads from the beginning meets another text now.
    const handle = openSync(file, 'r+');
    writeSync(handle, line('ONE'), 0);
    writeFileSync(handle, '');
    appendFileSync(file, line('x').slice('{"type":"warn'.length) + line('three'));
    assert.deepEqual(await told(followed), ['one', 'two', 'x', 'three']);
    assert.deepEqual(await told(new FollowedEvents()), ['ONE', 'two', 'x', 'three']);
  });

  it('begin anew with another, shorter file, and are none without one', async () => {
    const followed = new FollowedEvents();
    writeFileSync(file, line('one') + line('two'));
    assert.deepEqual(await told(followed), ['one', 'two']);
    writeFileSync(file, line('new'));
    assert.deepEqual(await told(followed), ['new']);
    rmSync(file);
    assert.deepEqual(await told(followed), []);
    writeFileSync(file, line('again'));
    followed.keep(new Set());
    assert.deepEqual(await told(followed), ['again']);
  });

  it('are the last of a file that nobody could read whole', async () => {
    writeFileSync(file, '');
    truncateSync(file, 2 ** 36);
    appendFileSync(file, `\n${line('last')}`);
    assert.deepEqual(await told(new FollowedEvents()), ['last']);
  });

  it('come whole to several that ask at once', async () => {
    const followed = new FollowedEvents();
    writeFileSync(file, Array.from({ length: 100 }, (_, at) => line(String(at))).join(''));
    const all = await Promise.all([1, 2, 3].map(() => told(followed)));
    for (const events of all) assert.equal(events.length, 100);
  });
});

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { buildCommand } from './support/build-command';

const framed = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const HELLO = framed('{"jsonrpc":"2.0","id":1,"method":"engine/hello","params":{}}');

/** What a broken client or a bug in between may send. */
const BROKEN: Readonly<Record<string, string>> = {
  'no header': 'garbage\r\n\r\n{}',
  'a length that is no number': 'Content-Length: abc\r\n\r\n{}',
  'a negative length': 'Content-Length: -5\r\n\r\n{}',
  'two lengths': 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  'a length beyond all documents': 'Content-Length: 99999999999\r\n\r\n{}',
  'a header without end': 'x'.repeat(5000),
  'a body that is no JSON': framed('{bad}'),
  'JSON that is no message': framed('[1]'),
  'bytes after a message': `${HELLO}junk\r\n\r\n`,
};

describe('the engine’s input', () => {
  let command: string;
  const children: ChildProcess[] = [];
  before(() => {
    command = buildCommand();
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  function serve() {
    const child = spawn(process.execPath, [command, 'serve'], { stdio: 'pipe' });
    children.push(child);
    child.stdin.on('error', () => undefined);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data));
    child.stderr.on('data', (data: Buffer) => (stderr += data));
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve =>
      child.on('close', code => resolve({ code, stdout, stderr })),
    );
    return { child, ended };
  }

  for (const [name, input] of Object.entries(BROKEN))
    it(`ends the engine with a reason, though it stays open: ${name}`, async () => {
      const { child, ended } = serve();
      child.stdin.write(input);
      const { code, stderr } = await ended;
      assert.equal(code, 1);
      assert.match(stderr, /^The editor and its engine do not understand each other: .+\.\n$/);
    });

  for (const [name, input] of [
    ['a header', 'Content-Le'],
    ['a message', 'Content-Length: 20\r\n\r\n{}'],
  ] as const)
    it(`ends the engine with a reason when it ends within ${name}`, async () => {
      const { child, ended } = serve();
      child.stdin.end(input);
      const { code, stderr } = await ended;
      assert.equal(code, 1);
      assert.match(stderr, /the input ended within a message/);
    });

  it('may come in any pieces, and ends the engine in peace between two messages', async () => {
    const { child, ended } = serve();
    for (const byte of HELLO + HELLO.replace('"id":1', '"id":2')) {
      child.stdin.write(byte);
      if (byte === '\n') await new Promise(resolve => setImmediate(resolve));
    }
    await new Promise<void>(resolve => {
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        said += data;
        if (said.includes('"id":2')) resolve();
      });
    });
    child.stdin.end();
    const { code, stdout, stderr } = await ended;
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(stdout, /"id":1,.*"cacheFolder".*"id":2,/s);
  });
});

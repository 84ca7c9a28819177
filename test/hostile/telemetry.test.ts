import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { emitOnnx } from '../../src/engine/graph/emit-onnx';
import { input, matmul } from '../../src/engine/graph/operations';
import { kernelsOf } from '../../src/engine/graph/provider-kernels';
import { buildCommand } from '../process/support/build-command';
import { sampleProject } from '../process/support/sample-project';

/** onnxruntime's uploader waits some ten seconds before its first look-up; the run is longer than several of its rounds. */
const LEARN_SECONDS = 65;
const CONTROL_SECONDS = 40;

const namespaces = spawnSync('unshare', ['--net', '--mount', '--map-root-user', 'true']).status === 0;
const python = spawnSync('python3', ['--version']).status === 0;

describe('the network', () => {
  let command: string;
  let folder: string;
  before(function () {
    // Linux with user namespaces (kernel.unprivileged_userns_clone), iproute2 and python3.
    if (!namespaces || !python || spawnSync('ip', ['-V']).status !== 0) this.skip();
    command = buildCommand();
    folder = sampleProject();
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a shell line in a network of its own, where every name is asked of a recorder. */
  function record(name: string, line: string): { asked: string[]; files: string[] } {
    const scratch = path.join(folder, name);
    mkdirSync(path.join(scratch, 'home'), { recursive: true });
    const log = path.join(scratch, 'log');
    writeFileSync(log, '');
    writeFileSync(path.join(scratch, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1\n');
    const script = `set -e
ip link set lo up
mount --bind ${scratch}/resolv.conf "$(realpath /etc/resolv.conf)"
mkfifo ${scratch}/open
python3 ${path.join(__dirname, 'recording-network.py')} ${log} < ${scratch}/open &
exec 9> ${scratch}/open
until grep -q READY ${log}; do sleep 0.1; done
cd ${folder}
${line}
exec 9>&-
wait`;
    const env = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'] };
    const { status, stderr } = spawnSync(
      'unshare',
      ['--net', '--mount', '--map-root-user', 'bash', '-c', script],
      {
        encoding: 'utf8',
        env: {
          ...env,
          HOME: path.join(scratch, 'home'),
          XDG_CACHE_HOME: path.join(scratch, 'home/xdg'),
          COOP_CACHE_DIR: path.join(folder, 'cache'),
        },
      },
    );
    assert.equal(status, 0, stderr);
    const asked = readFileSync(log, 'utf8').trim().split('\n').slice(1);
    const files = readdirSync(path.join(scratch, 'home'), { recursive: true, encoding: 'utf8' });
    return { asked: [...new Set(asked)], files };
  }

  it('is looked at by an onnxruntime that nobody told: the recorder records', () => {
    const native = JSON.stringify(require.resolve('onnxruntime-node'));
    const model = path.join(folder, 'product.onnx');
    const product = matmul(input('x', [2, 2]), input('z', [2, 2]));
    writeFileSync(model, emitOnnx({ product }, { kernels: kernelsOf('cpu') }).bytes);
    const script = `require(${native}).InferenceSession.create(${JSON.stringify(model)}).then(() => setTimeout(() => process.exit(), ${CONTROL_SECONDS * 1000}))`;
    writeFileSync(path.join(folder, 'control.js'), script);
    const { asked, files } = record('control', `${process.execPath} control.js`);
    assert.match(asked.join('\n'), /DNS .*microsoft/);
    assert.match(files.join('\n'), /deviceid/);
  });

  it('is not looked at by score and a minute of learn, and nothing is written into the home', () => {
    const node = process.execPath;
    const { asked, files } = record(
      'product',
      `${node} ${command} score demo.prompts > /dev/null
code=0; timeout -s INT ${LEARN_SECONDS} ${node} ${command} learn demo.prompts --epochs 100000 --fresh > /dev/null || code=$?
[ $code = 124 ]`,
    );
    assert.deepEqual(asked, []);
    assert.deepEqual(files, []);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { emitOnnx } from '../../src/engine/graph/emit-onnx';
import { input, matmul } from '../../src/engine/graph/operations';
import { kernelsOf } from '../../src/engine/graph/provider-kernels';
import { transformersJsSnippet } from '../../src/shared/snippets/transformers-js';
import { CLIP_FACTS } from '../support/clip-facts';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { sampleProject } from './support/sample-project';

/** onnxruntime's telemetry of this version is on Linux and macOS; on Windows the library has another one. */
const HAS_UPLOADER = process.platform !== 'win32';

describe('onnxruntime’s telemetry', () => {
  let command: string;
  let folder: string;
  let home: string;
  before(() => {
    command = buildCommand();
    folder = sampleProject();
  });
  beforeEach(() => {
    home = mkdtempSync(path.join(folder, 'home-'));
    mkdirSync(path.join(home, 'tmp'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * Runs Node as a person does, whose environment says nothing of telemetry or of a build server, where onnxruntime keeps
   * still by itself.
   * @returns the files it left in the home
   */
  function filesOf(args: readonly string[], more: NodeJS.ProcessEnv = {}, cwd = folder): readonly string[] {
    const env = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'] };
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd,
      encoding: 'utf8',
      env: {
        ...env,
        HOME: home,
        XDG_CACHE_HOME: path.join(home, 'xdg'),
        TMPDIR: path.join(home, 'tmp'),
        COOP_CACHE_DIR: path.join(folder, 'cache'),
        ...more,
      },
    });
    assert.equal(status, 0, stderr);
    return readdirSync(home, { recursive: true, withFileTypes: true })
      .filter(
        entry =>
          entry.isFile() && !entry.parentPath.includes('tsx-') && !entry.parentPath.includes('node-compile'),
      )
      .map(entry => path.join(entry.parentPath, entry.name));
  }

  it('writes files where nobody forbids it: the check can fail', function () {
    if (!HAS_UPLOADER) this.skip();
    const model = path.join(folder, 'product.onnx');
    writeFileSync(
      model,
      emitOnnx({ y: matmul(input('x', [2, 2]), input('z', [2, 2])) }, { kernels: kernelsOf('cpu') }).bytes,
    );
    // The library writes when it comes to it; on a busy machine a process that ends at once may be faster.
    const script = (staying: number) =>
      `require(${JSON.stringify(require.resolve('onnxruntime-node'))}).InferenceSession.create(${JSON.stringify(model)}).then(() => setTimeout(() => undefined, ${staying}))`;
    const found = [0, 2_000, 20_000].some(staying =>
      /deviceid/.test(filesOf(['-e', script(staying)]).join('\n')),
    );
    assert.ok(found);
  });

  for (const value of [undefined, '', '0']) {
    const name = value === undefined ? 'unset' : `“${value}”`;
    it(`has no file after score, with the variable ${name}`, () => {
      const more = value === undefined ? {} : { ORT_DISABLE_TELEMETRY: value };
      assert.deepEqual(filesOf([command, 'score', 'demo.prompts'], more), []);
    });
  }

  it('has no file after a device’s probe', () => {
    assert.deepEqual(filesOf([path.join(root, 'dist/probe-process.js'), 'cpu']), []);
  });

  it('has no file after a learned run and its report', () => {
    assert.deepEqual(filesOf([command, 'learn', 'demo.prompts', '--epochs', '2', '--fresh']), []);
  });

  it('has no file after sources run with threads of their own', () => {
    const session = path.join(root, 'src/engine/runtime/probe-device.ts');
    const script = `require(${JSON.stringify(session)}).probeDevice('cpu').then(r => process.exit(r.ok ? 0 : 1))`;
    const args = ['--require', require.resolve('tsx/cjs'), '-e', script];
    assert.deepEqual(filesOf(args, {}, root), []);
  });

  it('is forbidden by exported code before its library is loaded', () => {
    const place = mkdtempSync(path.join(folder, 'code-'));
    const library = path.join(place, 'node_modules/@huggingface/transformers');
    mkdirSync(library, { recursive: true });
    writeFileSync(path.join(library, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    writeFileSync(
      path.join(library, 'index.js'),
      `console.log('loaded with', process.env.ORT_DISABLE_TELEMETRY);
export const [RawImage, Tensor] = [];
export const CLIPVisionModelWithProjection = { from_pretrained: async () => null };`,
    );
    writeFileSync(path.join(place, 'prompt.json'), '{}');
    const code = transformersJsSnippet({ ...CLIP_FACTS, file: 'prompt.json' });
    writeFileSync(path.join(place, 'classify.mjs'), code);
    const env = { PATH: process.env['PATH'] };
    const { stdout, stderr } = spawnSync(process.execPath, ['classify.mjs'], {
      cwd: place,
      env,
      encoding: 'utf8',
    });
    assert.equal(stdout, 'loaded with 1\n', stderr);
  });
});

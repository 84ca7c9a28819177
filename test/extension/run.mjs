// Bundles the in-host tests and runs them in a real VS Code: the one of $COOP_VSCODE_EXECUTABLE, else a download (of
// $COOP_VSCODE_VERSION), else tools/vscode-host, which installs itself from npm and Debian.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  downloadAndUnzipVSCode,
  resolveCliArgsFromVSCodeExecutablePath,
  runTests,
} from '@vscode/test-electron';
import { build } from 'esbuild';
import { browserMissing } from '../support/requirements.mjs';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
/** The oldest that package.json allows; `stable` for the newest. */
const VERSION = process.env.COOP_VSCODE_VERSION || '1.100.3';

const built = spawnSync(process.execPath, [path.join(root, 'esbuild.mjs')], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(1);
await build({
  entryPoints: [path.join(root, 'test/extension/suite/index.ts')],
  outfile: path.join(root, 'out/extension-tests/index.js'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', 'mocha'],
  logLevel: 'error',
});

/** A downloaded VS Code draws on a screen; the stand-in brings its own. */
const hasScreen =
  process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);

/** The editor's file; null where there is none, which is said. */
async function executable() {
  const given = process.env.COOP_VSCODE_EXECUTABLE;
  if (given !== undefined && given !== '') return path.resolve(given);
  let reason = 'there is no screen for VS Code';
  if (hasScreen) {
    try {
      return await downloadAndUnzipVSCode({ version: VERSION });
    } catch (error) {
      reason = `VS Code ${VERSION} cannot be downloaded here (${error.message})`;
    }
  }
  const missing = browserMissing();
  if (missing !== null) {
    console.log(`skipped: ${reason}, and ${missing}`);
    return null;
  }
  console.log(`${reason}: using tools/vscode-host.`);
  const host = path.join(root, 'tools/vscode-host');
  const { status } = spawnSync('bash', [path.join(host, 'install.sh')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('tools/vscode-host could not be installed');
  return path.join(host, 'bin/code-host');
}

/** Packages the extension for this platform and installs the VSIX; the folder it was installed into. */
function installPackage(executablePath, scratch) {
  const target = `${process.platform}-${process.arch}`;
  const extensions = path.join(scratch, 'extensions');
  const [cli, ...cliArgs] =
    path.basename(executablePath) === 'code-host'
      ? [executablePath]
      : resolveCliArgsFromVSCodeExecutablePath(executablePath, { reuseMachineInstall: true });
  const vsix = path.join(root, 'out', `coop-vscode-${target}.vsix`);
  for (const [command, args] of [
    [process.execPath, [path.join(root, 'tools/package.mjs'), target]],
    [cli, [...cliArgs, '--install-extension', vsix, '--extensions-dir', extensions]],
  ]) {
    const { status } = spawnSync(command, args, {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32' && command === cli,
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  }
  return extensions;
}

/** One start of VS Code on a fresh copy of the sample, with the checkout's extension or the installed package. */
async function run(executablePath, { env = {}, packaged = false } = {}) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-host-'));
  const workspace = path.join(scratch, 'workspace');
  cpSync(path.join(root, 'media/sample'), workspace, { recursive: true });
  try {
    const extensions = packaged ? installPackage(executablePath, scratch) : undefined;
    await runTests({
      vscodeExecutablePath: executablePath,
      extensionDevelopmentPath: packaged ? path.join(root, 'test/extension/stub') : root,
      extensionTestsPath: path.join(root, 'out/extension-tests/index.js'),
      extensionTestsEnv: {
        COOP_CACHE_DIR: path.join(scratch, 'cache'),
        // Against a host that hangs: each test has a limit of its own.
        CODE_HOST_TIMEOUT_MS: '1200000',
        ...env,
        ...(process.env.COOP_TEST_GREP === undefined ? {} : { COOP_TEST_GREP: process.env.COOP_TEST_GREP }),
      },
      launchArgs: [
        workspace,
        extensions === undefined ? '--disable-extensions' : `--extensions-dir=${extensions}`,
      ],
    });
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const host = await executable();
if (host === null) {
  if (process.env.COOP_TEST_COUNTS !== undefined)
    appendFileSync(
      process.env.COOP_TEST_COUNTS,
      `${JSON.stringify({ passes: 0, failures: 0, pending: 1 })}\n`,
    );
  process.exit(0);
}
let passed = await run(host);
if (process.env.COOP_TEST_GREP !== undefined) process.exit(passed ? 0 : 1);
// test-electron always switches workspace trust off; only tools/vscode-host can overrule that.
if (path.basename(host) === 'code-host')
  passed =
    (await run(host, { env: { CODE_HOST_TRUST: 'restricted', COOP_TEST_TRUST: 'restricted' } })) && passed;
passed = (await run(host, { env: { COOP_TEST_PACKAGED: '1' }, packaged: true })) && passed;
process.exit(passed ? 0 : 1);

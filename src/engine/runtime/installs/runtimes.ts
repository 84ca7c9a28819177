import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { homeFolder } from '../../../files/disk/home-folder';
import type { RuntimeName } from '../../../shared/contracts/protocol';

/** A package that lies outside the product, since it is large, for one platform, or needs a GPU. */
export interface Runtime {
  readonly package: string;
  readonly version: string;
  /** What its own installation script is told. */
  readonly env: Readonly<Record<string, string>>;
  /** `PLATFORM-ARCH` that it exists for. */
  readonly platforms: readonly string[];
  /** What the machine must have, for a sentence. */
  readonly needs: string;
  /** A file below the package without which its installation did not work. */
  readonly proof: string;
}

/** The version of onnxruntime must be the bundled one: both read the same graphs and give the same kernels. */
export const RUNTIMES: Readonly<Record<RuntimeName, Runtime>> = {
  cuda: {
    package: 'onnxruntime-node',
    version: (require('onnxruntime-node/package.json') as { version: string }).version,
    env: { ONNXRUNTIME_NODE_INSTALL: 'cuda12' },
    platforms: ['linux-x64'],
    needs: 'an NVIDIA driver, CUDA 12 and cuDNN 9',
    proof: 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so',
  },
  tensorflow: {
    package: '@tensorflow/tfjs-node-gpu',
    version: '4.22.0',
    env: {},
    platforms: ['linux-x64', 'win32-x64'],
    needs: 'Node 20 or 22 and, to use a GPU, CUDA 11.2 with cuDNN 8.1',
    proof: 'dist/index.js',
  },
};

/** Where they are installed: $COOP_RUNTIMES_DIR, else the user's folder of programs' data; null for a user without a home. */
export function runtimesFolder(): string | null {
  const { COOP_RUNTIMES_DIR, LOCALAPPDATA, XDG_DATA_HOME } = process.env;
  if (COOP_RUNTIMES_DIR !== undefined && COOP_RUNTIMES_DIR !== '') return path.resolve(COOP_RUNTIMES_DIR);
  const home = homeFolder();
  if (home === null) return null;
  if (process.platform === 'win32')
    return path.join(LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'coop', 'runtimes');
  if (process.platform === 'darwin')
    return path.join(home, 'Library', 'Application Support', 'coop', 'runtimes');
  return path.join(XDG_DATA_HOME || path.join(home, '.local', 'share'), 'coop', 'runtimes');
}

/** The folder of a runtime's version, whether it is there or not. */
export function runtimeFolder(name: RuntimeName): string | null {
  const folder = runtimesFolder();
  return folder === null ? null : path.join(folder, `${name}-${RUNTIMES[name].version}`);
}

/** Where the package of an installed runtime lies; null where none of its version is, or only a part of it. */
export function installedRuntime(name: RuntimeName): string | null {
  const folder = runtimeFolder(name);
  if (folder === null) return null;
  const { package: module, version, proof } = RUNTIMES[name];
  const place = path.join(folder, 'node_modules', module);
  if (!existsSync(path.join(place, proof))) return null;
  try {
    const found = JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8')) as { version?: unknown };
    return found.version === version ? place : null;
  } catch {
    return null;
  }
}

/**
 * The module of an installed runtime; undefined where none is.
 * @throws what its own code throws when it is loaded
 */
export function loadRuntime(name: RuntimeName): unknown {
  const place = installedRuntime(name);
  return place === null ? undefined : createRequire(path.join(place, 'package.json'))(place);
}

// What the suites with a browser or a graphics driver need of the machine: set up where that is possible, else named.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Chromium's own Vulkan driver in software, as Debian's `chromium` package brings it; needs no GPU. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** The Vulkan driver of the WebGPU suite. VK_ICD_FILENAMES names another one, such as a real GPU's. */
export const vulkanDriver = process.env.VK_ICD_FILENAMES ?? SWIFTSHADER;

const HOW = 'apt-get install chromium libvulkan1';

/** Why WebGPU cannot be had here; null where driver and loader are there and load. */
export function vulkanMissing(driver = vulkanDriver, loader = 'libvulkan.so.1') {
  if (process.platform !== 'linux') return null;
  if (!existsSync(driver)) return `there is no Vulkan driver ${driver} (${HOW})`;
  let library;
  try {
    library = path.resolve(path.dirname(driver), JSON.parse(readFileSync(driver, 'utf8')).ICD.library_path);
  } catch (error) {
    return `the Vulkan driver ${driver} cannot be read: ${error.message}`;
  }
  for (const [what, name] of [
    ['Vulkan’s loader', loader],
    ['the Vulkan driver', library],
  ]) {
    const reason = loadError(name);
    if (reason !== null) return `${what} cannot be loaded: ${reason} (${HOW})`;
  }
  return null;
}

/** The dynamic linker's words; null when it loads the library, which is no Node module and says so. */
function loadError(library) {
  try {
    process.dlopen({ exports: {} }, library);
    return null;
  } catch (error) {
    return /did not self-register/.test(error.message) ? null : error.message;
  }
}

/** Chromium's file: $COOP_CHROMIUM, else the first on the path; null where there is none. */
export function chromium() {
  const given = process.env.COOP_CHROMIUM;
  const places = given
    ? [given]
    : (process.env.PATH ?? '').split(path.delimiter).map(folder => path.join(folder, 'chromium'));
  return places.find(isExecutable) ?? null;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why no browser can be had here; null where there is one. */
export function browserMissing() {
  return chromium() === null
    ? `there is no Chromium here (${HOW}, or its file in COOP_CHROMIUM), and only root can install it`
    : null;
}

/** Why a suite cannot run here; null where it can. The extension's suite brings its own answer. */
export function missingFor(suite) {
  if (suite === 'webview' || suite === 'window') return browserMissing();
  return suite === 'webgpu' ? vulkanMissing() : null;
}

/** On a Debian, as root, what is missing for these suites is installed; nobody else's machine is touched. */
export function setUp(suites) {
  const wanted = [
    ...(suites.some(suite => ['webview', 'webgpu', 'extension', 'window'].includes(suite)) && !chromium()
      ? ['chromium', 'fonts-dejavu-core']
      : []),
    ...(suites.includes('webgpu') && vulkanMissing() !== null ? ['libvulkan1'] : []),
  ];
  const ours = process.env.COOP_CHROMIUM === undefined && process.env.VK_ICD_FILENAMES === undefined;
  if (wanted.length === 0 || !ours || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log(`Installing ${wanted.join(', ')} for the tests …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...wanted],
  ]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
    if (status !== 0) return;
  }
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { webviewHtml } from '../../../src/extension/services/webview-html';
import { webviewBuilds } from '../../../webview/build.mjs';
import { chromium as chromiumFile } from '../../support/requirements.mjs';
import { root } from '../../support/root';

export const THEMES = ['dark', 'light', 'hc', 'hcLight'] as const;
export type Theme = (typeof THEMES)[number];

const ORIGIN = 'https://view.test';
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface Bundle {
  readonly js: string;
  readonly css: string;
}

/** A webview's bundle, as the build makes it. */
export async function bundleOf(view: 'dashboard' | 'report' | 'compare' | 'experiment'): Promise<Bundle> {
  const options = webviewBuilds.find(({ entryPoints }) => view in (entryPoints as Record<string, string>))!;
  const { outputFiles } = await build({ ...(options as BuildOptions), absWorkingDir: root, write: false });
  const text = (ending: string) => outputFiles!.find(({ path: file }) => file.endsWith(ending))!.text;
  return { js: text('.js'), css: text('.css') };
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumFile() ?? '/usr/bin/chromium',
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-background-networking'],
  });
}

interface ThemeRecord {
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

export function themeRecord(theme: Theme): ThemeRecord {
  return JSON.parse(readFileSync(path.join(__dirname, `../themes/${theme}.json`), 'utf8')) as ThemeRecord;
}

interface ServedFile {
  readonly contentType: string;
  readonly body: string | Buffer;
}

export interface OpenOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** What VS Code kept from before. */
  readonly state?: unknown;
  /** What the editor serves besides the view, by path; any other picture is one pixel. */
  readonly files?: Readonly<Record<string, ServedFile>>;
}

/** A view alone in Chromium, under its own policy, with VS Code's variables and a stand-in for its messages. */
export class View {
  /** Console errors, uncaught ones, and what the policy refused. */
  readonly faults: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', error => this.faults.push(String(error)));
    page.on('console', message => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    bundle: Bundle,
    { theme = 'dark', width = 800, height = 900, state, files: served = {} }: OpenOptions = {},
  ): Promise<View> {
    const page = await browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(60_000);
    const view = new View(page);
    const html = webviewHtml({
      script: `${ORIGIN}/view.js`,
      style: `${ORIGIN}/view.css`,
      cspSource: ORIGIN,
      nonce: 'dGVzdA==',
    });
    const { bodyClass, variables } = themeRecord(theme);
    // VS Code sets its variables on the root element and its own rules before the view's, outside the view's policy.
    const editorCss = readFileSync(path.join(__dirname, '../themes/vscode.css'), 'utf8');
    const rules = Object.entries(variables).map(([name, value]) => `${name}:${value}`);
    // A view without a background of its own lies on the side bar.
    const themed = `:root{${rules.join(';')};background:var(--vscode-sideBar-background)}\n${editorCss}\n${bundle.css}`;
    const files: Readonly<Record<string, ServedFile>> = {
      ...served,
      '/': { contentType: 'text/html', body: html.replace('<body>', `<body class="${bodyClass}">`) },
      '/view.js': { contentType: 'text/javascript', body: bundle.js },
      '/view.css': { contentType: 'text/css', body: themed },
    };
    await page.route('**/*', route => {
      const { origin, pathname } = new URL(route.request().url());
      if (origin !== ORIGIN) return route.abort();
      return route.fulfill(files[pathname] ?? { contentType: 'image/png', body: PIXEL });
    });
    await page.addInitScript(`
      window.sent = [];
      const kept = ${JSON.stringify(JSON.stringify(state ?? null))};
      const first = sessionStorage.getItem('state') ?? kept;
      window.acquireVsCodeApi = () => ({
        postMessage: message => { window.sent.push(structuredClone(message)); },
        getState: () => JSON.parse(first) ?? undefined,
        setState: value => { sessionStorage.setItem('state', JSON.stringify(value)); },
      });
    `);
    await page.goto(`${ORIGIN}/`);
    return view;
  }

  post(message: unknown): Promise<void> {
    // As text: the browser's driver takes seconds for a report's matrix of 1,000 classes, number by number.
    return this.page.evaluate(text => window.postMessage(JSON.parse(text), '*'), JSON.stringify(message));
  }

  /** Messages to the extension host so far. */
  sent<M>(): Promise<M[]> {
    return this.page.evaluate('window.sent') as Promise<M[]>;
  }

  /** What VS Code would keep. */
  state(): Promise<Record<string, unknown>> {
    return this.page.evaluate('JSON.parse(sessionStorage.getItem("state"))') as Promise<
      Record<string, unknown>
    >;
  }

  async until<T>(probe: () => Promise<T | null | undefined | false>): Promise<T> {
    for (const end = Date.now() + 60_000; ; ) {
      const value = await probe();
      if (value) return value;
      if (Date.now() > end) throw new Error(`not so after 60 s: ${probe}`);
      await new Promise(resolve => setTimeout(resolve, 30));
    }
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

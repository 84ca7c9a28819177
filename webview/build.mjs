/** esbuild options of the webviews' bundles. */
export const webviewBuilds = ['dashboard', 'report', 'compare', 'experiment'].map(name => ({
  entryPoints: { [name]: `webview/${name}/main.tsx` },
  outdir: 'dist/webview',
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  sourcemap: false,
}));

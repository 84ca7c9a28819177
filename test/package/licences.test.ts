import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildCommand } from '../process/support/build-command';
import { root } from '../support/root';

const text = (...names: string[]) => readFileSync(path.join(root, ...names), 'utf8');

describe('licences of what is in the package', () => {
  /** Packages whose code is in a bundle, by the comments that the bundler leaves; and what is copied beside them. */
  const packages = new Set([
    '@cornerstonejs/codec-libjpeg-turbo-8bit',
    '@jsquash/webp',
    'onnxruntime-node',
    'onnxruntime-common',
  ]);
  let licences: string;

  before(() => {
    buildCommand();
    licences = text('dist', 'licences.txt');
    for (const name of readdirSync(path.join(root, 'dist')).filter(file => file.endsWith('.js')))
      for (const [, found] of text('dist', name).matchAll(
        /^ *\/\/ .*?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm,
      ))
        packages.add(found!);
    // Webviews are minified and keep no comments.
    for (const name of ['preact', 'uplot']) packages.add(name);
  });

  it('stand in one file, each with its text', () => {
    assert.ok(packages.has('valibot') && packages.has('commander'), [...packages].join());
    const entries = licences.split(/^={80}\n(?=.*\n={80}\n)/m).slice(1);
    for (const name of packages) {
      const { version } = JSON.parse(text('node_modules', name, 'package.json')) as { version: string };
      const entry = entries.find(each => each.split('\n')[0]!.includes(`${name} ${version}`));
      assert.ok(entry !== undefined, `${name} ${version} is missing`);
      assert.match(
        entry,
        /Permission is hereby granted|Redistribution and use|Apache License|Mozilla Public License/,
        name,
      );
      assert.match(entry, /copyright/i, name);
    }
  });

  it('are told in THIRD-PARTY.md, too', () => {
    const told = text('THIRD-PARTY.md').toLowerCase();
    for (const name of packages) assert.ok(told.includes(name), name);
  });

  it('include what onnxruntime’s own library is made of, and the sentence that the JPEG library asks for', () => {
    for (const part of ['protocolbuffers/protobuf', 'Eigen', 'abseil'])
      assert.ok(licences.toLowerCase().includes(part.toLowerCase()), part);
    assert.match(licences, /based in part on the work of the Independent JPEG Group/);
  });
});

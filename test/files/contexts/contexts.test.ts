import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  checkContext,
  contextBytes,
  contextVector,
  type LearnedContext,
  readContext,
} from '../../../src/files/contexts/learned-context';
import { storeContext } from '../../../src/files/contexts/store-context';
import { contextFile } from '../../../src/files/coop-folder';
import { readSafetensorsHeader } from '../../../src/files/tensors/safetensors';
import { type TensorToWrite, writeSafetensors } from '../../../src/files/tensors/write-safetensors';

const numbers = (count: number, first = 0) => Float32Array.from({ length: count }, (_, i) => first + i / 8);

/** A unified slot [2,3] and a class-specific one [2 classes, 1, 3]. */
const context: LearnedContext = {
  width: 3,
  slots: [
    { length: 2, perClass: false, values: numbers(6) },
    { length: 1, perClass: true, values: numbers(6, 100) },
  ],
  template: '[V:2] {} [V:1 per-class].',
  model: 'icon-clip',
  modelHash: 'a'.repeat(64),
  classNames: ['dog', 'kite (bird of prey)'],
  runId: '20260101-120000-pets',
  createdAt: '2026-01-01T12:00:00.000Z',
};
const model = { id: 'icon-clip', hash: 'a'.repeat(64), width: 3 };

describe('learned contexts', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-contexts-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const written = (bytes: Uint8Array): string => {
    const file = path.join(folder, 'pets-16shot.safetensors');
    writeFileSync(file, bytes);
    return file;
  };

  it('come back from their file as they were written', async () => {
    assert.deepEqual(await readContext(written(contextBytes(context))), context);
    const told = { ...context, recipe: '16 shots, seed 1, 200 epochs', devAccuracy: 0.875 };
    assert.deepEqual(await readContext(written(contextBytes(told))), told);
  });

  it('are stored beside no half file of a writer that was killed long ago', async () => {
    const file = await storeContext(folder, 'pets', context);
    const [old, young] = ['.pets.4711-0123456789ab.tmp', '.pets.4712-0123456789ab.tmp'];
    for (const name of [old, young]) writeFileSync(path.join(path.dirname(file), name), '');
    utimesSync(path.join(path.dirname(file), old), new Date(0), new Date(0));
    await storeContext(folder, 'pets', context);
    assert.deepEqual(await readContext(file), context);
    assert.deepEqual(readdirSync(path.dirname(file)).sort(), [young, path.basename(file)]);
  });

  it('are plain safetensors that other readers know: slot.1 [M, d], slot.2 [classes, M, d]', async () => {
    const { tensors, metadata } = await readSafetensorsHeader(written(contextBytes(context)));
    assert.deepEqual(
      [...tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape]),
      [
        ['slot.1', 'F32', [2, 3]],
        ['slot.2', 'F32', [2, 1, 3]],
      ],
    );
    assert.equal(metadata['format'], '1');
    assert.equal(metadata['classes'], '["dog","kite (bird of prey)"]');
  });

  it('give each vector of a slot, and of a class', () => {
    assert.deepEqual([...contextVector(context, 1, 1, null)], [0.375, 0.5, 0.625]);
    assert.deepEqual([...contextVector(context, 2, 0, 1)], [100.375, 100.5, 100.625]);
  });

  it('have names that stay inside .coop/contexts', () => {
    const base = path.join('/project', '.coop', 'contexts');
    assert.equal(contextFile('/project', 'pets-16shot'), path.join(base, 'pets-16shot.safetensors'));
    for (const name of ['', '.', '..', '../x', 'a/b', 'a\\b', 'C:x', '-x', 'a.b', 'a\0', 'a\n', ' a'])
      assert.throws(() => contextFile('/project', name), { code: 'context.missing' }, JSON.stringify(name));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), name => {
        try {
          assert.equal(path.dirname(contextFile('/project', name)), base);
        } catch (thrown) {
          assert.equal((thrown as { code?: string }).code, 'context.missing');
        }
      }),
    );
  });

  it('that are missing are named', async () => {
    await assert.rejects(readContext(contextFile(folder, 'nobody')), {
      code: 'context.missing',
      subject: 'nobody',
      message: /“nobody”/,
    });
  });

  it('that are damaged are refused, each with its cause', async () => {
    const metadata = { format: '1', classes: '["dog","red"]' };
    const slot = (shape: readonly number[], data = numbers(shape.reduce((n, size) => n * size, 1))) => ({
      shape,
      data,
    });
    const cases: [Record<string, TensorToWrite>, Record<string, string>, RegExp][] = [
      [{}, metadata, /no tensor slot\.1/],
      [{ ctx: slot([2, 3]) }, metadata, /no tensor slot\.1/],
      [{ 'slot.1': slot([2, 3]), 'slot.3': slot([2, 3]) }, metadata, /no tensor slot\.2/],
      [{ 'slot.1': slot([6]) }, metadata, /shape \[6\]/],
      [{ 'slot.1': slot([0, 3]) }, metadata, /shape \[0, 3\]/],
      [{ 'slot.1': slot([1, 2, 1, 3]) }, metadata, /shape \[1, 2, 1, 3\]/],
      [{ 'slot.1': slot([2, 3]), 'slot.2': slot([2, 4]) }, metadata, /slot\.2 has the shape \[2, 4\]/],
      [{ 'slot.1': slot([3, 2, 3]) }, metadata, /for 3 classes, and 2 are named/],
      [{ 'slot.1': slot([1, 2], Float32Array.of(1, Number.NaN)) }, metadata, /not finite/],
      [{ 'slot.1': slot([2, 3]) }, { ...metadata, format: '2' }, /format is “2”/],
      [{ 'slot.1': slot([2, 3]) }, { classes: '[]' }, /format is “”/],
      [{ 'slot.1': slot([2, 3]) }, { ...metadata, classes: '[1]' }, /list of classes/],
      [{ 'slot.1': slot([2, 3]) }, { ...metadata, classes: '[' }, /list of classes/],
    ];
    for (const [tensors, facts, message] of cases) {
      const file = written(writeSafetensors(new Map(Object.entries(tensors)), facts));
      await assert.rejects(readContext(file), { code: 'file.corrupt', message }, String(message));
    }
    await assert.rejects(readContext(written(new Uint8Array(20))), { code: 'file.corrupt' });
  });

  it('fit their own model only, and the error names what differs', () => {
    const check = (other: Partial<typeof model>) => () =>
      checkContext(context, 'pets', { ...model, ...other }, context.classNames, 1);
    check({})();
    check({ id: '/models/the same weights elsewhere' })();
    assert.throws(check({ width: 512, id: 'vit' }), {
      code: 'context.mismatch',
      subject: 'pets',
      message: /3 numbers \(“icon-clip”\).*“vit” 512/,
    });
    assert.throws(check({ hash: `b${'a'.repeat(63)}` }), {
      code: 'context.mismatch',
      message: /\(aaaaaaaaaaaa…\).*\(baaaaaaaaaaa…\)/,
    });
  });

  it('fit any classes when unified, their own in their own order when class-specific', () => {
    const unified = { ...context, slots: context.slots.slice(0, 1) };
    checkContext(unified, 'pets', model, ['quite', 'other', 'classes'], 1);
    for (const [classes, named] of [
      [['kite (bird of prey)', 'dog'], 'kite (bird of prey)'],
      [['dog'], 'kite (bird of prey)'],
      [['dog', 'kite (bird of prey)', 'red'], 'red'],
    ] as const) {
      assert.throws(() => checkContext(context, 'pets', model, classes, 1), {
        code: 'context.mismatch',
        message: new RegExp(`“${named.replace(/[()]/g, '\\$&')}”`),
      });
    }
  });

  it('have the slots they have', () => {
    checkContext(context, 'pets', model, context.classNames, 2);
    for (const slot of [0, 3]) {
      assert.throws(() => checkContext(context, 'pets', model, context.classNames, slot), {
        code: 'context.mismatch',
        message: new RegExp(`2 slots; there is no <pets\\.${slot}>`),
      });
    }
  });
});

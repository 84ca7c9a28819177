import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import type { ClipModel } from '../../../src/engine/models/parts/clip-model';
import { readSafetensorsHeader, readTensor, readTensorF64 } from '../../../src/files/tensors/safetensors';
import { type TensorToWrite, writeSafetensors } from '../../../src/files/tensors/write-safetensors';
import { root } from '../../support/root';

export const MODELS = path.join(root, 'test/fixtures/golden/models');
/** transformers' and open_clip's layouts, with the outputs of those libraries. */
export const HF = path.join(MODELS, 'hf-vit-quickgelu');
export const OPEN_CLIP = path.join(MODELS, 'openclip-vit');

export type Json = Record<string, unknown>;
export const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Json;

/** A scratch folder for the copy of a model that a test changes. */
export class ModelCopy {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'coop-model-'));

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  /** Every file of a model but its expected outputs. */
  copy(from: string, into = ''): void {
    mkdirSync(this.path(into), { recursive: true });
    for (const name of readdirSync(from))
      if (!name.startsWith('expected')) copyFileSync(path.join(from, name), this.path(into, name));
  }

  edit(name: string, change: (json: Json) => Json): void {
    writeFileSync(this.path(name), JSON.stringify(change(readJson(this.path(name)))));
  }

  /** Writes a weights file anew with other tensors. */
  async rewrite(
    name: string,
    change: (
      name: string,
      tensor: TensorToWrite & { readonly f64: Float64Array },
    ) => [string, TensorToWrite][],
  ): Promise<void> {
    const file = this.path(name);
    const { tensors } = await readSafetensorsHeader(file);
    const changed = new Map<string, TensorToWrite>();
    for (const [each, info] of tensors) {
      const tensor = {
        shape: info.shape,
        data: await readTensor(file, info),
        f64: await readTensorF64(file, info),
      };
      for (const [to, value] of change(each, tensor)) changed.set(to, value);
    }
    writeFileSync(file, writeSafetensors(changed));
  }
}

/** Raw embeddings of both towers within the references' tolerance. */
export async function assertReference(model: ClipModel, reference: string, tolerance = 1e-4): Promise<void> {
  const file = path.join(reference, 'expected.safetensors');
  const { tensors } = await readSafetensorsHeader(file);
  const read = (name: string) => readTensor(file, tensors.get(name)!);
  const [ids, ends, pixels] = await Promise.all([read('input_ids'), read('eot_index'), read('pixels_u8')]);
  const text = await createTextEncoder(model);
  const image = await createImageEncoder(model);
  const prompts = Array.from(ends, (end, at) =>
    Array.from(ids.subarray(at * 77, at * 77 + end + 1), id => ({ kind: 'token' as const, id })),
  );
  const found = [await text.encode(prompts), await image.encode(Uint8Array.from(pixels), 8)];
  await Promise.all([text.release(), image.release()]);
  for (const [at, name] of ['text_embeds_raw', 'image_embeds_raw'].entries()) {
    const expected = await read(name);
    assert.equal(found[at]!.length, expected.length);
    expected.forEach((value, i) => {
      assert.ok(Math.abs(found[at]![i]! - value) < tolerance, `${name} ${i}`);
    });
  }
}

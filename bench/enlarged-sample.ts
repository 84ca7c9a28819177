import { writeFileSync } from 'node:fs';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensorsHeader, readTensor } from '../src/files/tensors/safetensors';
import { writeSafetensors } from '../src/files/tensors/write-safetensors';
import { madeOnce } from './made-once';

const SAMPLE = path.resolve('media/sample/icon-clip');
const [WEIGHTS, CONFIG] = ['open_clip_model.safetensors', 'open_clip_config.json'];
/** Of ViT-B/32's text tower: 512 is four times the sample's width. */
const [COPIES, LAYERS] = [4, 12];
/** Of token vectors and what blocks add to them: as long together as the one that they are copies of. */
const SHARE = COPIES ** -0.5;

interface Matrix {
  readonly data: Float32Array;
  /** [out, inner] */
  readonly shape: readonly [number, number];
}

/**
 * The sample's trained model in a text tower of ViT-B/32's sizes, in a folder of its own, made once: four copies of its three
 * blocks side by side, then nine blocks that add nothing. Its text features are the sample's (but for what ε is beside
 * variances a quarter as large), and a step of learning takes as long as in a full-size CLIP.
 */
export function enlargedSample(): Promise<string> {
  return madeOnce('icon-clip-enlarged-1', writeEnlarged);
}

async function writeEnlarged(folder: string): Promise<void> {
  for (const name of await readdir(SAMPLE))
    if (name !== WEIGHTS) await copyFile(path.join(SAMPLE, name), path.join(folder, name));
  const config = JSON.parse(await readFile(path.join(SAMPLE, CONFIG), 'utf8')) as {
    model_cfg: { text_cfg: { width: number; heads: number; layers: number } };
  };
  const { text_cfg: text } = config.model_cfg;
  const small = { ...text };
  Object.assign(text, { width: COPIES * text.width, heads: COPIES * text.heads, layers: LAYERS });
  writeFileSync(path.join(folder, CONFIG), JSON.stringify(config));
  writeFileSync(path.join(folder, WEIGHTS), writeSafetensors(await enlarged(small)));
}

async function enlarged({ width, layers }: { readonly width: number; readonly layers: number }) {
  const file = path.join(SAMPLE, WEIGHTS);
  const { tensors } = await readSafetensorsHeader(file);
  const large = new Map<string, { data: Float32Array; shape: readonly number[] }>();
  const read = async (name: string) => readTensor(file, tensors.get(name)!);
  const matrix = async (name: string): Promise<Matrix> => ({
    data: await read(name),
    shape: tensors.get(name)!.shape as readonly [number, number],
  });
  for (const [name, { shape }] of tensors)
    if (name.startsWith('visual.') || name === 'logit_scale')
      large.set(name, { data: await read(name), shape });
  for (const name of ['token_embedding.weight', 'positional_embedding'])
    large.set(name, besideEachOther(await matrix(name)));
  const vector = async (to: string, from: string, factor: number) => {
    const data = tiled(await read(from), factor);
    large.set(to, { data, shape: [data.length] });
  };
  for (const part of ['weight', 'bias']) await vector(`ln_final.${part}`, `ln_final.${part}`, 1);
  for (let layer = 0; layer < LAYERS; layer++) {
    const [to, from] = [layer, Math.min(layer, layers - 1)].map(at => `transformer.resblocks.${at}`);
    const added = layer < layers ? SHARE : 0;
    for (const part of ['ln_1.weight', 'ln_1.bias', 'ln_2.weight', 'ln_2.bias', 'mlp.c_fc.bias'])
      await vector(`${to}.${part}`, `${from}.${part}`, 1);
    for (const part of ['attn.out_proj', 'mlp.c_proj']) {
      await vector(`${to}.${part}.bias`, `${from}.${part}.bias`, added);
      large.set(`${to}.${part}.weight`, alongDiagonal(await matrix(`${from}.${part}.weight`), added));
    }
    large.set(`${to}.mlp.c_fc.weight`, alongDiagonal(await matrix(`${from}.mlp.c_fc.weight`), 1));
    const weight = await read(`${from}.attn.in_proj_weight`);
    const bias = await read(`${from}.attn.in_proj_bias`);
    const parts = [0, 1, 2].map(part => ({
      weight: alongDiagonal(
        { data: weight.subarray(part * width * width, (part + 1) * width * width), shape: [width, width] },
        1,
      ).data,
      bias: tiled(bias.subarray(part * width, (part + 1) * width), 1),
    }));
    const wide = COPIES * width;
    large.set(`${to}.attn.in_proj_weight`, {
      data: joined(parts.map(part => part.weight)),
      shape: [3 * wide, wide],
    });
    large.set(`${to}.attn.in_proj_bias`, { data: joined(parts.map(part => part.bias)), shape: [3 * wide] });
  }
  const projection = await matrix('text_projection');
  large.set('text_projection', {
    data: tiled(projection.data, 1 / COPIES),
    shape: [COPIES * projection.shape[0], projection.shape[1]],
  });
  return large;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap(part => [...part]));
}

function tiled(data: Float32Array, factor: number): Float32Array {
  const copy = data.map(value => factor * value);
  return joined(new Array<Float32Array>(COPIES).fill(copy));
}

/** [n, d] → [n, copies · d] */
function besideEachOther({ data, shape: [rows, width] }: Matrix) {
  const wide = new Float32Array(rows * COPIES * width);
  for (let row = 0; row < rows; row++)
    wide.set(tiled(data.subarray(row * width, (row + 1) * width), SHARE), row * COPIES * width);
  return { data: wide, shape: [rows, COPIES * width] };
}

/** [out, inner] → [copies · out, copies · inner], nought but on the diagonal. */
function alongDiagonal({ data, shape: [out, inner] }: Matrix, factor: number) {
  const wide = new Float32Array(COPIES * out * COPIES * inner);
  for (let copy = 0; copy < COPIES; copy++)
    for (let row = 0; row < out; row++)
      for (let column = 0; column < inner; column++)
        wide[((copy * out + row) * COPIES + copy) * inner + column] = factor * data[row * inner + column]!;
  return { data: wide, shape: [COPIES * out, COPIES * inner] };
}

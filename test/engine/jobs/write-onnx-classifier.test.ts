import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { emitOnnx } from '../../../src/engine/graph/emit-onnx';
import { input, toFloat } from '../../../src/engine/graph/operations';
import { kernelsOf } from '../../../src/engine/graph/provider-kernels';
import { decodeImage } from '../../../src/engine/images/decode-image';
import { encodePng } from '../../../src/engine/images/encode-png';
import { type PreprocessSpec, preprocess } from '../../../src/engine/images/preprocess';
import { exportPrompt } from '../../../src/engine/jobs/export-prompt';
import { predictImages } from '../../../src/engine/jobs/predict-images';
import { writeOnnxClassifier } from '../../../src/engine/jobs/write-onnx-classifier';
import { onnxPreprocess } from '../../../src/engine/models/encoders/onnx-preprocess';
import { onnxruntime } from '../../../src/engine/runtime/onnxruntime';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';
import { randomNumbers } from '../support/random-text-model';

const sample = path.join(root, 'media/sample/images/groups');
const ort = onnxruntime();

/** Smooth waves with grain, so that every tap of the filter shows. */
function picture(width: number, height: number): Uint8Array {
  const random = randomNumbers(width * 31 + height);
  return Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    const level = 128 + 90 * Math.sin(x / 9 + (at % 3)) * Math.cos(y / 7) + 70 * random();
    return Math.min(255, Math.max(0, Math.round(level)));
  });
}

const feed = (rgb: Uint8Array, width: number, height: number) => ({
  image: new ort.Tensor('uint8', rgb, [1, height, width, 3]),
});

/** Wide, tall, small and large: with tall ones Pillow filters the rows first. */
const SIZES = [
  [300, 200],
  [97, 401],
  [640, 64],
  [50, 50],
  [31, 47],
  [64, 64],
  [500, 333],
  [333, 1001],
  [65, 64],
] as const;

describe('preprocessing inside an ONNX model', () => {
  const base: PreprocessSpec = {
    size: 64,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    interpolation: 'bicubic',
    resize: { shortest: 64 },
    crop: 'half-even',
    exif: false,
  };
  for (const [title, spec] of [
    ['as CLIP', base],
    ['as transformers', { ...base, crop: 'floor' }],
    ['bilinear', { ...base, interpolation: 'bilinear' }],
    ['with a margin', { ...base, resize: { shortest: 73 } }],
    ['stretched', { ...base, resize: { width: 64, height: 64 } }],
  ] as const)
    it(`gives Pillow’s pixels to the bit: ${title}`, async () => {
      const pixels = toFloat(input('pixels', [1, 64, 64, 3], 'uint8'));
      const { bytes } = emitOnnx(
        { pixels },
        {
          kernels: kernelsOf('standard'),
          prepare: {
            pixels: model => {
              model.input('image', 'uint8', [1, 'height', 'width', 3]);
              return onnxPreprocess(model, 'image', spec);
            },
          },
        },
      );
      const session = await ort.InferenceSession.create(bytes);
      for (const [width, height] of SIZES) {
        const rgb = picture(width, height);
        const expected = preprocess({ rgb, width, height }, spec);
        const { pixels: found } = await session.run(feed(rgb, width, height));
        assert.deepEqual(Uint8Array.from(found!.data as Float32Array), expected, `${width} × ${height}`);
      }
      await session.release();
    });
});

describe('a classifier as one ONNX model', () => {
  it('has the temperature and threshold that were asked for, and gives calibrated probabilities', async () => {
    const shelf = new TaskShelf();
    const line = 'a photo of a {}.';
    const text = `@images ${sample}\n@model icon-clip\n${line}\n`;
    const project = openProject({ path: path.join(folder, 'x.prompts'), text });
    const out = path.join(folder, 'calibrated.onnx');
    await exportPrompt({ project, line, out, library: null, shownAs: out, threshold: 0.7, shelf });
    const [group] = readdirSync(sample);
    const image = path.join(sample, group!, readdirSync(path.join(sample, group!))[0]!);
    const { names } = (await shelf.open(project)).classes;
    const request = { project, line, paths: [image], top: names.length, threshold: 0.7, shelf };
    const { predictions, calibration } = await predictImages(request);
    assert.ok(calibration!.temperature > 1.5);
    const session = await ort.InferenceSession.create(out);
    const { rgb, width, height } = await decodeImage(readFileSync(image));
    const { probabilities } = await session.run(feed(rgb, width, height));
    for (const { name, probability } of predictions[0]!.classes) {
      const found = (probabilities!.data as Float32Array)[names.indexOf(name)]!;
      assert.ok(Math.abs(found - probability) < 1e-4, `${name}: ${found}, ${probability}`);
    }
    assert.ok(readFileSync(out).includes(String(calibration!.temperature)));
  });

  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-onnx-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function pictures(): string[] {
    const made = SIZES.map(([width, height]) => {
      const file = path.join(folder, `${width}x${height}.png`);
      writeFileSync(file, encodePng(picture(width, height), width, height));
      return file;
    });
    const own = readdirSync(sample).flatMap(name =>
      readdirSync(path.join(sample, name))
        .slice(0, 3)
        .map(file => path.join(sample, name, file)),
    );
    return [...made, ...own];
  }

  for (const [title, model, line] of [
    ['the sample’s model', 'icon-clip', 'a photo of a {}.'],
    ['an ensemble', 'icon-clip', '@use imagenet7'],
    ['a vision transformer', path.join(root, 'test/fixtures/golden/models/hf-vit-gelu'), 'a {}.'],
    ['a ResNet', path.join(root, 'test/fixtures/golden/models/openclip-rn'), 'a {}.'],
  ] as const)
    it(`answers as coop predict, within 1e-4: ${title}`, async () => {
      const shelf = new TaskShelf();
      const text = `@images ${sample}\n@model ${model}\na photo of a {}.\n${line}\n`;
      const project = openProject({ path: path.join(folder, 'x.prompts'), text });
      const out = path.join(folder, 'x.onnx');
      await exportPrompt({ project, line, out, library: null, shownAs: out, shelf });
      const session = await ort.InferenceSession.create(out);
      const paths = pictures();
      const { names } = (await shelf.open(project)).classes;
      const request = { project, line, paths, top: names.length, shelf };
      const { predictions: answers } = await predictImages(request);
      let worst = 0;
      for (const { path: file, classes } of answers) {
        const { rgb, width, height } = await decodeImage(readFileSync(file));
        const { probabilities } = await session.run(feed(rgb, width, height));
        assert.deepEqual(probabilities!.dims, [1, names.length]);
        for (const { name, probability } of classes) {
          const found = (probabilities!.data as Float32Array)[names.indexOf(name)]!;
          worst = Math.max(worst, Math.abs(found - probability));
        }
      }
      assert.ok(worst < 1e-4, `${worst}`);
      await session.release();
    });

  it('puts weights beside the model where they are too many for it', async () => {
    const { model } = await new TaskShelf().models.open(
      path.join(root, 'test/fixtures/golden/models/hf-vit-gelu'),
      'tiny',
    );
    const texts = new Float32Array(3 * model.embedWidth);
    for (let label = 0; label < 3; label++) texts[label * model.embedWidth + label] = 1;
    const request = { model, preprocess: model.preprocess, texts, temperature: null, metadata: {} };
    const [inside, beside] = ['inside.onnx', 'beside.onnx'].map(name => path.join(folder, name));
    await writeOnnxClassifier({ ...request, out: inside! });
    await writeOnnxClassifier({ ...request, out: beside!, inlineBytes: 1 });
    assert.ok(statSync(beside!).size < statSync(inside!).size / 4);
    assert.ok(statSync(`${beside}.data`).size > 0);
    const answers = [];
    for (const file of [inside!, beside!]) {
      const session = await ort.InferenceSession.create(file);
      const { probabilities } = await session.run(feed(picture(300, 200), 300, 200));
      answers.push([...(probabilities!.data as Float32Array)]);
      await session.release();
    }
    assert.deepEqual(answers[1], answers[0]);
  });
});

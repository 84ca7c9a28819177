import { cannotLoad, isHubId, type SnippetFacts } from './snippet-facts';
import { javaScriptString } from './string-literal';

/**
 * The images are resized as Pillow does (resize-weights.ts), since the library's own resizing is another one and moves
 * answers.
 * @throws CoopError `model.unsupported` for a model that is not in transformers' layout
 */
export function transformersJsSnippet(facts: SnippetFacts): string {
  if (facts.layout !== 'hugging-face') throw cannotLoad('transformers.js', facts);
  const { file, model, preprocess } = facts;
  // OpenAI's models were converted under another name.
  const converted = isHubId(model) ? model.replace(/^openai\//, 'Xenova/') : model;
  return `// A prompt learned by CoOp, with the model it was learned for.
// npm install @huggingface/transformers
import { readFile } from 'node:fs/promises';

// Its onnxruntime sends telemetry otherwise; it has to be said before the library is loaded.
process.env.ORT_DISABLE_TELEMETRY ??= '1';
const { CLIPVisionModelWithProjection, RawImage, Tensor } = await import('@huggingface/transformers');

// The model's weights as ONNX files; its text model takes token ids only, so the classes come as text features.
const MODEL = ${javaScriptString(converted)};
const { classes, logit_scale, temperature = 1, threshold = 0, text_embeds } = JSON.parse(await readFile(${javaScriptString(file)}, 'utf8'));
const vision = await CLIPVisionModelWithProjection.from_pretrained(MODEL, { dtype: 'fp32' });

for (const path of process.argv.slice(2)) {
  const { image_embeds } = await vision({ pixel_values: preprocess((await RawImage.read(path)).rgb()) });
  const [image] = image_embeds.normalize(2, -1).tolist();
  const scale = logit_scale / temperature;
  const logits = text_embeds.map(text => scale * text.reduce((sum, value, i) => sum + value * image[i], 0));
  const highest = Math.max(...logits);
  const weights = logits.map(logit => Math.exp(logit - highest));
  const best = logits.indexOf(highest);
  const probability = weights[best] / weights.reduce((a, b) => a + b);
  console.log(path, probability < threshold ? 'none of these' : classes[best], probability.toFixed(3));
}

${preprocessing(preprocess)}`;
}

function preprocessing({ size, mean, std, interpolation, resize, crop }: SnippetFacts['preprocess']): string {
  const kernel =
    interpolation === 'bicubic'
      ? 'x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0'
      : 'Math.max(0, 1 - x)';
  const resized =
    'width' in resize
      ? `  const [wide, high] = [${resize.width}, ${resize.height}];`
      : `  const short = Math.min(width, height);
  const [wide, high] = [width, height].map(side => Math.trunc((${resize.shortest} * side) / short));`;
  const half =
    crop === 'floor'
      ? '/** Half of it, rounded down as transformers does. */\nconst halfOf = length => Math.floor(length / 2);'
      : `/** Half of it; between two numbers the even one, as Python rounds. */
const halfOf = length => (length % 2 === 0 ? length / 2 : 2 * Math.round(length / 4));`;
  return `${half}

/** Resize with Pillow's antialiasing, centre crop, normalise: what the prompt was learned with. */
function preprocess({ data, width, height }) {
${resized}
  const rowsFirst = height > high && height - high > 2 * (width - wide);
  const pixels = rowsFirst
    ? turn(resample(resample(turn(data, width, height), height, width, high), width, high, wide), high, wide)
    : resample(resample(data, width, height, wide), height, wide, high); // [high, wide]
  const [left, top] = [wide, high].map(side => halfOf(side - ${size}));
  const mean = ${JSON.stringify(mean)};
  const std = ${JSON.stringify(std)};
  const out = new Float32Array(3 * ${size} * ${size});
  for (let c = 0, at = 0; c < 3; c++)
    for (let y = 0; y < ${size}; y++)
      for (let x = 0; x < ${size}; x++)
        out[at++] = (pixels[((top + y) * wide + left + x) * 3 + c] / 255 - mean[c]) / std[c];
  return new Tensor('float32', out, [1, 3, ${size}, ${size}]);
}

/** One axis, and the other way round: [height, width, 3] → [resized, height, 3]. */
function resample(data, width, height, resized) {
  const scale = width / resized;
  const stretch = Math.max(scale, 1);
  const support = ${interpolation === 'bicubic' ? 2 : 1} * stretch;
  const out = new Uint8ClampedArray(resized * height * 3);
  for (let i = 0; i < resized; i++) {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(width, Math.trunc(centre + support + 0.5));
    const shares = Array.from({ length: to - from }, (_, k) => kernel(Math.abs(from + k - centre + 0.5) / stretch));
    const sum = shares.reduce((a, b) => a + b);
    // Pillow's fixed point.
    const weights = shares.map(share => Math.trunc((share / sum) * 2 ** 22 + (share < 0 ? -0.5 : 0.5)));
    for (let y = 0; y < height; y++)
      for (let c = 0; c < 3; c++) {
        const value = weights.reduce((total, weight, k) => total + weight * data[(y * width + from + k) * 3 + c], 0);
        out[(i * height + y) * 3 + c] = Math.floor(value / 2 ** 22 + 0.5);
      }
  }
  return out;
}

/** [height, width, 3] → [width, height, 3]. */
function turn(data, width, height) {
  const out = new Uint8ClampedArray(data.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) out[(x * height + y) * 3 + c] = data[at++];
  return out;
}

function kernel(x) {
  return ${kernel};
}
`;
}

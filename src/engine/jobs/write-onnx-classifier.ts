import path from 'node:path';
import { replaceFile, writeFileAtomic } from '../../files/disk/atomic-file';
import { emitOnnx } from '../graph/emit-onnx';
import { type Node, topologicalOrder, type WeightRef } from '../graph/node';
import {
  add,
  constant,
  divide,
  input,
  linear,
  multiply,
  sigmoid,
  softmax,
  sqrt,
  sum,
} from '../graph/operations';
import { kernelsOf } from '../graph/provider-kernels';
import { weightBytes } from '../graph/weight-bytes';
import type { PreprocessSpec } from '../images/preprocess';
import { onnxPreprocess } from '../models/encoders/onnx-preprocess';
import type { ClipModel } from '../models/parts/clip-model';
import { GraphImageTower } from '../models/parts/image-tower';
import { modelUnsupported } from '../models/parts/model-error';
import type { Work } from '../task/work';

export interface OnnxClassifier {
  readonly model: ClipModel;
  readonly preprocess: PreprocessSpec;
  /** [classes, E] unit rows. */
  readonly texts: Float32Array;
  /** What logits are divided by, whose softmax is then given; null: as the model says it. */
  readonly temperature: number | null;
  /** `line`, `model`, `classes` and the like. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly out: string;
  /** Bytes of weights from which on they lie beside the model; protocol buffers end at 2 GiB. */
  readonly inlineBytes?: number;
}

const MAX_INLINE_BYTES = 1.9 * 2 ** 30;
/** External tensors that begin on a page can be mapped into memory (onnx.proto3, external_data). */
const PAGE = 4096;

/**
 * A whole classifier as one ONNX model of standard operators (opset 18): `image` uint8 [1, H, W, 3], RGB of any size →
 * `probabilities` float32 [1, classes], with resize, crop and normalisation, the image tower, and the classes' text features
 * as constants. Weights of 1.9 GiB and more go into `OUT.data` beside it.
 * @throws CoopError `model.unsupported` for ONNX towers, `file.corrupt`, `file.access`, `disk.full`; the signal's reason
 */
export async function writeOnnxClassifier(request: OnnxClassifier, work: Work = {}): Promise<void> {
  const { model, preprocess, texts, metadata, out, inlineBytes = MAX_INLINE_BYTES } = request;
  const { size } = preprocess;
  if (!(model.images instanceof GraphImageTower))
    throw modelUnsupported(
      model.folder,
      'its image tower is an ONNX file already, whose nodes are not built here',
      'Use that file, with the text features that “coop export --out prompt.json” writes.',
    );
  const features = model.images.features(input('pixels', [1, size, size, 3], 'uint8'));
  const unit = divide(features, sqrt(sum(multiply(features, features), [1], true)));
  const classes = constant(texts, [texts.length / model.embedWidth, model.embedWidth]);
  const { kind, scale, bias } = model.similarity;
  const logits = linear(unit, classes, null, { scale: scale / (request.temperature ?? 1) });
  const probabilities =
    kind === 'softmax' || request.temperature !== null
      ? softmax(logits)
      : sigmoid(add(logits, constant(Float32Array.of(bias), [1])));
  const { places, bytes: total } = placesBeside(probabilities, `${path.resolve(out)}.data`);
  const beside = total >= inlineBytes;
  const { bytes } = emitOnnx(
    { probabilities },
    {
      kernels: kernelsOf('standard'),
      readInline: weightBytes,
      place: beside ? ref => places.get(ref)! : null,
      metadata,
      prepare: {
        pixels: onnx => {
          onnx.input('image', 'uint8', [1, 'height', 'width', 3]);
          return onnxPreprocess(onnx, 'image', preprocess);
        },
      },
    },
  );
  if (beside)
    await replaceFile(`${out}.data`, async handle => {
      let done = 0;
      for (const [ref, { offset }] of places) {
        work.signal?.throwIfAborted();
        work.onProgress?.({ message: 'Writing weights', done, total: places.size, unit: 'tensors' });
        const content = weightBytes(ref);
        for (let at = 0; at < content.length; )
          at += (await handle.write(content, at, content.length - at, offset + at)).bytesWritten;
        done += 1;
      }
    });
  await writeFileAtomic(out, bytes);
}

/** Every weight one after the other in a file of their own. */
function placesBeside(output: Node, file: string) {
  const places = new Map<WeightRef, WeightRef>();
  let end = 0;
  for (const node of topologicalOrder([output])) {
    if (node.op !== 'weight' || places.has(node.attributes.ref)) continue;
    const { ref } = node.attributes;
    places.set(ref, { ...ref, file, offset: end });
    end = Math.ceil((end + ref.bytes) / PAGE) * PAGE;
  }
  return { places, bytes: end };
}

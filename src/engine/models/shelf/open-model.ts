import { resolve } from 'node:path';
import type { Precision } from '../../../shared/contracts/precision';
import { CoopError } from '../../../shared/errors';
import { type Similarity, sigmoidSimilarity, softmaxSimilarity } from '../../measure/zero-shot';
import { once } from '../../once';
import { proposedSnapshots } from '../caches/hub-cache';
import { huggingFaceLayout } from '../clip/hugging-face-layout';
import { openClipLayout } from '../clip/open-clip-layout';
import { onnxFiles } from '../onnx/onnx-files';
import { openOnnxModel } from '../onnx/open-onnx-model';
import type { ClipModel, TextTables } from '../parts/clip-model';
import { hashOfFiles } from '../parts/hash-of-files';
import { GraphImageTower } from '../parts/image-tower';
import type { Layout } from '../parts/layout';
import { modelInvalid } from '../parts/model-error';
import { type ModelFiles, modelFiles } from '../parts/model-files';
import type { OpenedParts } from '../parts/opened-parts';
import { huggingFaceSiglip } from '../siglip/hugging-face-siglip';
import { openClipTimm } from '../timm/open-clip-timm';
import { chooseWeights, unknownFamily } from './choose-weights';

/**
 * Opens a CLIP model from its folder or weights file: transformers' `CLIPModel`, open_clip's models, or OpenAI's archives
 * and state dicts, as safetensors or as PyTorch's files; SigLIP in both libraries' layouts; of any other family ONNX towers. Reads configurations and headers; weights stay in their files.
 * The folder may be read-only and made of symbolic links, as the Hugging Face cache is.
 * @param place folder or weights file
 * @param id what the user calls the model; default: the place as given
 * @param precision how its weights are held; ONNX towers are computed as their files say
 * @throws CoopError `model.missing` (a file), `model.invalid` (a tensor or field), `model.unsupported` (another kind of
 * model), `file.corrupt`, `file.limit`, `file.access`
 */
export async function openModel(
  place: string,
  id: string = place,
  precision: Precision = 'float32',
): Promise<ClipModel> {
  const root = resolve(place);
  const files = await modelFiles(root, proposedSnapshots(root));
  const onnx = onnxFiles(files);
  const openTowers = (instead: string | null) => {
    if (precision !== 'float32') throw heldByFile(place);
    return openOnnxModel(onnx!, { id, root, instead });
  };
  if (onnx !== null && files.named !== null) return openTowers(null);
  try {
    return await openWeights(files, id, root, precision);
  } catch (thrown) {
    if (onnx === null || !(thrown instanceof CoopError)) throw thrown;
    // No weights but these, or of towers that are not built in.
    if (thrown.code === 'model.missing') return openTowers(null);
    if (thrown.code === 'model.unsupported') return openTowers('its own weights are not read here; ');
    throw thrown;
  }
}

function heldByFile(place: string): CoopError {
  return new CoopError(
    'usage',
    `${place} is opened as ONNX files, which say themselves how numbers are held.`,
    {
      subject: place,
      next: 'Leave the precision at float32, and name the float16 files where there are some: “@model clip/onnx/text_model_fp16.onnx”.',
    },
  );
}

async function openWeights(
  files: ModelFiles,
  id: string,
  root: string,
  precision: Precision,
): Promise<ClipModel> {
  const parts = await readParts(files, precision);
  const { vocabularySize } = parts;
  const { weights, tables, text, vision, embedWidth, contextLength, preprocess } = parts;
  // Asked for now, so that a file without them is refused here and not when it is first scored.
  weights.node(tables.tokens, [vocabularySize, text.width]);
  weights.node(tables.positions, [positionsOf(parts), text.width]);
  const similarity = await similarityOf(parts);
  weights.checkAllUsed();
  return {
    id,
    folder: root,
    weightsFiles: weights.files,
    layout: parts.layout,
    assumption: parts.assumption,
    hash: () =>
      hashOfFiles(
        { config: parts.configFiles, tokenizer: parts.tokenizer.files, weights: weights.files },
        parts.unwritten,
      ),
    embedWidth,
    contextLength,
    similarity,
    text,
    unsoundTensor: () => weights.unsound(),
    textTables: once(() => readTables(parts)),
    preprocess,
    images: new GraphImageTower(preprocess, vision),
    tokenizer: once(() => parts.tokenizer.load()),
  };
}

/** One for each family of models. */
const LAYOUTS: readonly Layout[] = [huggingFaceSiglip, huggingFaceLayout, openClipLayout, openClipTimm];

async function readParts(files: ModelFiles, precision: Precision): Promise<OpenedParts> {
  const weights = await chooseWeights(files, precision);
  const layout = LAYOUTS.find(each => each.matches(weights));
  if (layout === undefined) throw unknownFamily(files, weights);
  return layout.read(files, weights);
}

const positionsOf = ({ tables, contextLength }: OpenedParts): number => tables.positionRows ?? contextLength;

async function readTables(parts: OpenedParts): Promise<TextTables> {
  const { weights, tables, vocabularySize } = parts;
  const { width } = parts.text;
  const [tokens, positions] = await Promise.all([
    weights.values(tables.tokens, [vocabularySize, width]),
    weights.values(tables.positions, [positionsOf(parts), width]),
  ]);
  return { width, tokens, positions };
}

async function similarityOf({ weights, tables, embedWidth }: OpenedParts): Promise<Similarity> {
  const number = async (name: string) => {
    // open_clip stores [1] where a model was made with nonscalar_logit_scale, transformers always does for SigLIP.
    const [value] = await weights.values(name, weights.shape(name)?.length === 1 ? [1] : []);
    return value!;
  };
  const stored = await number(tables.logitScale);
  const scale = Math.exp(stored);
  // exp of −∞ is 0, with which all classes are equally likely.
  if (!(scale > 0 && Number.isFinite(scale)))
    throw modelInvalid(weights.files[0]!, `the tensor ${tables.logitScale} is ${stored}`);
  if (tables.logitBias === null) return softmaxSimilarity(embedWidth, scale);
  const bias = await number(tables.logitBias);
  if (!Number.isFinite(bias))
    throw modelInvalid(weights.files[0]!, `the tensor ${tables.logitBias} is ${bias}`);
  return sigmoidSimilarity(embedWidth, scale, bias);
}

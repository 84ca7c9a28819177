import { openPrompt, PRINT_BEST } from './python-prompt';
import { cannotLoad, isHubId, type SnippetFacts } from './snippet-facts';
import { pythonString } from './string-literal';

/** OpenAI's weights, as transformers' hub names them and as open_clip does. */
const PUBLISHED: ReadonlyMap<string, string> = new Map([
  ['openai/clip-vit-base-patch32', 'ViT-B-32'],
  ['openai/clip-vit-base-patch16', 'ViT-B-16'],
  ['openai/clip-vit-large-patch14', 'ViT-L-14'],
  ['openai/clip-vit-large-patch14-336', 'ViT-L-14-336'],
]);

/** @throws CoopError `model.unsupported` for a model that open_clip cannot load */
export function openClipSnippet(facts: SnippetFacts): string {
  return `# A prompt learned by CoOp, with the model it was learned for.
# pip install open_clip_torch safetensors
import json
import sys

import open_clip
import torch
from PIL import Image
from safetensors import safe_open

model, preprocess = open_clip.create_model_from_pretrained(${modelArguments(facts)})
model.eval()

${openPrompt(facts.file)}

embedding = (model if hasattr(model, "token_embedding") else model.text).token_embedding
with torch.no_grad():
    hook = embedding.register_forward_hook(insert_vectors)
    text = model.encode_text(input_ids, normalize=True)
    hook.remove()
    for path in sys.argv[1:]:
        picture = preprocess(Image.open(path).convert("RGB")).unsqueeze(0)
        image = model.encode_image(picture, normalize=True)
${PRINT_BEST}`;
}

function modelArguments(facts: SnippetFacts): string {
  const { model, layout } = facts;
  if (layout === 'open-clip') return pythonString(`${isHubId(model) ? 'hf-hub' : 'local-dir'}:${model}`);
  const published = PUBLISHED.get(model);
  if (published === undefined) throw cannotLoad('open_clip', facts);
  return `${pythonString(published)}, pretrained="openai"`;
}

import { openPrompt, PRINT_BEST } from './python-prompt';
import { cannotLoad, type SnippetFacts } from './snippet-facts';

/** @throws CoopError `model.unsupported` for a model that is not in transformers' layout */
export function transformersSnippet(facts: SnippetFacts): string {
  if (facts.layout !== 'hugging-face') throw cannotLoad('transformers', facts);
  return `# ${facts.line}: a prompt learned by CoOp, with the model it was learned for.
# pip install transformers torch pillow
import json
import sys

import torch
from PIL import Image
from safetensors import safe_open
from torch.nn.functional import normalize
from transformers import AutoImageProcessor, CLIPTextModelWithProjection, CLIPVisionModelWithProjection

MODEL = ${JSON.stringify(facts.model)}
text_model = CLIPTextModelWithProjection.from_pretrained(MODEL).eval()
vision_model = CLIPVisionModelWithProjection.from_pretrained(MODEL).eval()
# Pillow's resizing, as in training; the other backend's differs by a grey level here and there.
processor = AutoImageProcessor.from_pretrained(MODEL, use_fast=False)

${openPrompt(facts.file)}

with torch.no_grad():
    hook = text_model.get_input_embeddings().register_forward_hook(insert_vectors)
    text = normalize(text_model(input_ids=input_ids).text_embeds, dim=-1)
    hook.remove()
    for path in sys.argv[1:]:
        pictures = processor(images=Image.open(path).convert("RGB"), return_tensors="pt")
        image = normalize(vision_model(**pictures).image_embeds, dim=-1)
${PRINT_BEST}`;
}

import { openPrompt, PRINT_BEST } from './python-prompt';
import { cannotLoad, type SnippetFacts } from './snippet-facts';
import { pythonString } from './string-literal';

/** @throws CoopError `model.unsupported` for a model that is not in transformers' layout */
export function transformersSnippet(facts: SnippetFacts): string {
  if (facts.layout !== 'hugging-face') throw cannotLoad('transformers', facts);
  return `# A prompt learned by CoOp, with the model it was learned for.
# pip install transformers torch pillow
import json
import sys

import torch
from PIL import Image
from safetensors import safe_open
from torch.nn.functional import normalize
from transformers import AutoImageProcessor, CLIPModel

MODEL = ${pythonString(facts.model)}
# The whole model: the towers alone take the projections' width from other places of config.json, which may differ.
model = CLIPModel.from_pretrained(MODEL).eval()
# Pillow's resizing, as in training; the other backend's differs by a grey level here and there.
processor = AutoImageProcessor.from_pretrained(MODEL, use_fast=False)

${openPrompt(facts.file)}

embedding = next(part for name, part in model.text_model.named_modules() if name.endswith("token_embedding"))
with torch.no_grad():
    hook = embedding.register_forward_hook(insert_vectors)
    text = normalize(model.text_projection(model.text_model(input_ids=input_ids).pooler_output), dim=-1)
    hook.remove()
    for path in sys.argv[1:]:
        pictures = processor(images=Image.open(path).convert("RGB"), return_tensors="pt")
        image = normalize(model.visual_projection(model.vision_model(**pictures).pooler_output), dim=-1)
${PRINT_BEST}`;
}

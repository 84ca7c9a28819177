"""test/fixtures/golden/models/openclip-biomed: a tiny random BiomedCLIP of open_clip (BERT as text tower, timm's plain ViT as image
tower, the WordPiece tokenizer of tokenizer/any.json), what it computes, and one step of CoOp on it in float64.

    python tools/goldens/biomedclip.py     # open_clip_torch 3.3, timm 1.0, transformers 5.24, torch 2.14
"""
import json, pathlib
import open_clip, timm, torch, transformers
from open_clip.hf_model import HFTextEncoder
from open_clip.tokenizer import get_clean_fn
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from transformers import BertConfig, PreTrainedTokenizerFast
from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden"
FOLDER = ROOT / "models/openclip-biomed"
FOLDER.mkdir(parents=True, exist_ok=True)
recorded = json.loads((ROOT / "tokenizer/any.json").read_text())
(FOLDER / "tokenizer.json").write_text(json.dumps(recorded["tokenizer"], ensure_ascii=False))
(FOLDER / "tokenizer_config.json").write_text(json.dumps({"pad_token": "[PAD]"}))
fast = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
EMBED, SIDE, CONTEXT, WIDTH = 24, 32, 32, 48
NAME = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
config = BertConfig(vocab_size=fast.get_vocab_size(), hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=12, intermediate_size=64, max_position_embeddings=64, pad_token_id=0)


class Visual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = VisionTransformer(img_size=SIDE, patch_size=8, embed_dim=WIDTH, depth=2, num_heads=12, mlp_ratio=1.5, num_classes=0, global_pool="token")
        self.head = torch.nn.Sequential()
        self.head.add_module("proj", torch.nn.Linear(WIDTH, EMBED, bias=False))

    def forward(self, x):
        return self.head(self.trunk(x))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = Visual()
        self.text = HFTextEncoder(NAME, EMBED, config=config, pooler_type="cls_last_hidden_state_pooler", proj_type="mlp", pretrained=False)
        # As open_clip makes it of a name: without BERT's own pooling layer.
        self.text.transformer.pooler = None
        self.logit_scale = torch.nn.Parameter(torch.tensor(2.3))


torch.manual_seed(41)
model = Model().eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if name == "logit_scale":
            continue
        if "norm" in name.lower():
            parameter.copy_((1.0 if name.endswith("weight") else 0.0) + 0.3 * torch.randn_like(parameter))
        else:
            parameter.copy_(torch.randn_like(parameter) * (0.5 if parameter.ndim == 1 else 1.2 / parameter[0].numel() ** 0.5))
save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, FOLDER / "open_clip_model.safetensors")
(FOLDER / "open_clip_config.json").write_text(json.dumps({
    "model_cfg": {"embed_dim": EMBED,
                  "vision_cfg": {"timm_model_name": "vit_base_patch16_224", "timm_model_pretrained": False, "timm_pool": "", "timm_proj": "linear", "image_size": SIDE},
                  "text_cfg": {"hf_model_name": NAME, "hf_tokenizer_name": NAME, "hf_proj_type": "mlp", "hf_pooler_type": "cls_last_hidden_state_pooler", "context_length": CONTEXT}},
    "preprocess_cfg": {}}, indent=1) + "\n")
clean = get_clean_fn("whitespace")
TEXTS = recorded["texts"] + ["chest x-ray of a lung", "photomicrograph &amp; tissue"]
ids = [fast.encode(clean(text)).ids for text in TEXTS]
padded = torch.tensor([each + [0] * (CONTEXT - len(each)) for each in ids if len(each) <= CONTEXT])
pixels = torch.randint(0, 256, (6, SIDE, SIDE, 3), dtype=torch.uint8)
mean, std = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
with torch.no_grad():
    text, image = model.text(padded), model.visual(((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2))

double = model.double()
bert = double.text.transformer
names = ["lung", "tissue", "a dark chest x ray"]
context = (torch.randn(3, WIDTH) * 0.02).double().requires_grad_(True)
images, labels = torch.randn(4, EMBED), torch.tensor([0, 2, 1, 2])
longest = max(len(fast.encode(name + ".").ids) for name in names) + 3
rows, mask = [], []
for name in names:
    tokens = fast.encode(name + ".").ids
    table = bert.embeddings.word_embeddings
    spare = longest - 3 - len(tokens)
    rows.append(torch.cat([table(torch.tensor(tokens[:1])), context, table(torch.tensor(tokens[1:] + [0] * spare))]))
    mask.append([1] * (longest - spare) + [0] * spare)
bert.set_attn_implementation("sdpa")
hidden = bert(inputs_embeds=torch.stack(rows), attention_mask=torch.tensor(mask)).last_hidden_state
features = double.text.proj(hidden[:, 0])
features = features / features.norm(dim=-1, keepdim=True)
seen = images.double() / images.double().norm(dim=-1, keepdim=True)
loss = torch.nn.functional.cross_entropy(double.logit_scale.exp() * seen @ features.t(), labels)
loss.backward()
save_file({
    "pixels_u8": pixels, "text_embeds_raw": text.contiguous(), "image_embeds_raw": image.contiguous(),
    "learn.images": images, "learn.labels": labels.int(), "learn.context": context.detach(), "learn.loss": loss.detach(), "learn.gradient": context.grad.contiguous(),
}, FOLDER / "expected.safetensors")
(FOLDER / "expected.json").write_text(json.dumps({
    "made_with": {each.__name__: each.__version__ for each in (open_clip, timm, transformers, torch)}, "texts": TEXTS, "ids": ids, "names": names}, ensure_ascii=False) + "\n")

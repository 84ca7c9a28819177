"""test/fixtures/golden/siglip/open-clip: a tiny random SigLIP as open_clip saves it (image tower of timm, tokenizer.json with a
unigram model, texts cleaned by `canonicalize`), and what it computes. Reads siglip/spiece.model, which siglip.py writes.

    python tools/goldens/open_clip_siglip.py     # open_clip_torch 3.3, timm 1.0, transformers 5.24, torch 2.14
"""
import base64, json, pathlib
import open_clip, timm, tokenizers, torch, transformers
from open_clip.model import CustomTextCLIP, CLIPTextCfg, CLIPVisionCfg
from open_clip.tokenizer import HFTokenizer, get_clean_fn
from safetensors.torch import save_file
from sentencepiece import sentencepiece_model_pb2
from timm.models.vision_transformer import VisionTransformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast
from transformers.models.siglip2.tokenization_siglip2 import Siglip2Tokenizer

OUT = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden/siglip"
FOLDER = OUT / "open-clip"
TEXTS = json.loads((OUT / "siglip/expected.json").read_text())["texts"] + ["snake_case &amp; more", "don't", "schön &lt;b&gt;"]
FOLDER.mkdir(parents=True, exist_ok=True)

spm = sentencepiece_model_pb2.ModelProto()
spm.ParseFromString((OUT / "siglip/spiece.model").read_bytes())
fast = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in spm.pieces], unk_id=2, byte_fallback=False))
fast.normalizer = normalizers.Sequence([normalizers.Precompiled(spm.normalizer_spec.precompiled_charsmap), normalizers.Strip(), normalizers.Replace(tokenizers.Regex(" {2,}"), "▁")])
fast.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
fast.post_processor = processors.TemplateProcessing(single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"], special_tokens=[("</s>", 1)])
tokenizer = PreTrainedTokenizerFast(tokenizer_object=fast, eos_token="</s>", pad_token="</s>", unk_token="<unk>")
tokenizer.save_pretrained(FOLDER)
(FOLDER / "tokenizer_config.json").write_text(json.dumps({"eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>", "tokenizer_class": "PreTrainedTokenizerFast"}))

LENGTH, SIDE, WIDTH = 40, 32, 96
text_cfg = {"context_length": LENGTH, "vocab_size": len(spm.pieces), "hf_tokenizer_name": "timm/ViT-B-16-SigLIP", "tokenizer_kwargs": {"clean": "canonicalize"},
            "width": 32, "heads": 2, "layers": 2, "no_causal_mask": True, "proj_bias": True, "pool_type": "last", "norm_kwargs": {"eps": 1e-6}}
vision_cfg = {"image_size": SIDE, "timm_model_name": "vit_base_patch16_siglip_224", "timm_model_pretrained": False, "timm_pool": "map", "timm_proj": "none"}
config = {"embed_dim": WIDTH, "init_logit_bias": -10, "custom_text": True, "vision_cfg": vision_cfg, "text_cfg": text_cfg}
known = {key: value for key, value in text_cfg.items() if key not in ("hf_tokenizer_name", "tokenizer_kwargs")}
model = CustomTextCLIP(WIDTH, CLIPVisionCfg(image_size=SIDE, width=64, layers=1, patch_size=16), CLIPTextCfg(**known), init_logit_bias=-10)
# The tower of that name, smaller: twelve heads, no class row, pooled by attention.
trunk = VisionTransformer(img_size=SIDE, patch_size=8, embed_dim=WIDTH, depth=1, num_heads=12, mlp_ratio=1.0, class_token=False, global_pool="map", num_classes=0)


class Visual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = trunk

    def forward(self, x):
        return self.trunk(x)


model.visual = Visual()
torch.manual_seed(11)
model.eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if name == "logit_scale":
            parameter.fill_(2.3)
        elif name == "logit_bias":
            parameter.fill_(-3.5)
        elif "norm" in name or ".ln_" in name:
            parameter.copy_((1.0 if name.endswith("weight") else 0.0) + 0.3 * torch.randn_like(parameter))
        else:
            parameter.copy_(torch.randn_like(parameter) * (0.5 if parameter.ndim == 1 else 1.2 / parameter[0].numel() ** 0.5))
save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, FOLDER / "open_clip_model.safetensors")
(FOLDER / "open_clip_config.json").write_text(json.dumps({
    "model_cfg": config,
    "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"},
}, indent=1))
ids = HFTokenizer(str(FOLDER), context_length=LENGTH, clean="canonicalize")(TEXTS)
gemma = Siglip2Tokenizer.from_pretrained(OUT / "siglip2")
clean = get_clean_fn("canonicalize")
pairs = [gemma(clean(text), add_special_tokens=False)["input_ids"] + [gemma.eos_token_id] for text in TEXTS]
pixels = torch.randint(0, 256, (6, SIDE, SIDE, 3), dtype=torch.uint8)
planes = ((pixels.float() / 255 - 0.5) / 0.5).permute(0, 3, 1, 2).contiguous()
with torch.no_grad():
    text, image = model.encode_text(ids), model.encode_image(planes)
    exact = model.double()
    a, b = exact.encode_image(planes.double(), normalize=True), exact.encode_text(ids, normalize=True)
    logits = exact.logit_scale.exp() * a @ b.t() + exact.logit_bias
save_file({"pixels_u8": pixels, "text_embeds_raw": text.float().contiguous(), "image_embeds_raw": image.float().contiguous(),
           "logits_per_image_f64": logits.contiguous(), "probabilities": torch.sigmoid(logits).contiguous()}, FOLDER / "expected.safetensors")
(FOLDER / "expected.json").write_text(json.dumps({
    "made_with": {each.__name__: each.__version__ for each in (open_clip, timm, transformers, tokenizers, torch)},
    "images": [], "texts": TEXTS, "ids": ids.tolist(), "padding": 1, "ids_of_siglip2": pairs,
}, ensure_ascii=False) + "\n")

"""test/fixtures/golden/models/hf-metaclip2: a tiny random MetaCLIP 2 as transformers saves it, with a unigram tokenizer of XLM-R's
kind whose pieces are those of siglip/spiece.model (siglip.py), and what it computes.
test/fixtures/golden/tokenizer/any.json: a WordPiece tokenizer.json and its ids, for models without tower code.

    python tools/goldens/metaclip2.py     # transformers 5.24, tokenizers 0.23, torch 2.14
"""
import json, pathlib
import tokenizers, torch, transformers
from safetensors.torch import save_file
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import MetaClip2Config, MetaClip2Model, XLMRobertaTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden"
FOLDER = ROOT / "models/hf-metaclip2"
TEXTS = json.loads((ROOT / "siglip/siglip/expected.json").read_text())["texts"]
FOLDER.mkdir(parents=True, exist_ok=True)

spm = sentencepiece_model_pb2.ModelProto()
spm.ParseFromString((ROOT / "siglip/siglip/spiece.model").read_bytes())
special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
tokenizer = XLMRobertaTokenizer(vocab=special + [(piece.piece, piece.score) for piece in spm.pieces[3:]] + [("<mask>", 0.0)])
tokenizer.save_pretrained(FOLDER)
tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
torch.manual_seed(23)
model = MetaClip2Model(MetaClip2Config(
    text_config={**tower, "vocab_size": len(tokenizer), "max_position_embeddings": 77, "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1},
    vision_config={**tower, "image_size": 32, "patch_size": 8}, projection_dim=24,
)).eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if name == "logit_scale":
            parameter.fill_(2.3)
        elif "norm" in name or "layrnorm" in name:
            parameter.copy_((1.0 if name.endswith("weight") else 0.0) + 0.3 * torch.randn_like(parameter))
        else:
            parameter.copy_(torch.randn_like(parameter) * (0.5 if parameter.ndim == 1 else 1.2 / parameter[0].numel() ** 0.5))
model.save_pretrained(FOLDER)
(FOLDER / "README.md").unlink(missing_ok=True)
ids = [tokenizer(text)["input_ids"] for text in TEXTS]
padded = tokenizer(TEXTS, padding=True, return_tensors="pt")
pixels = torch.randint(0, 256, (5, 32, 32, 3), dtype=torch.uint8)
mean, std = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
planes = ((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2).contiguous()
with torch.no_grad():
    texts, images = model.get_text_features(**padded).pooler_output, model.get_image_features(pixel_values=planes).pooler_output
    logits = MetaClip2Model.from_pretrained(FOLDER, dtype=torch.float64)(**padded, pixel_values=planes.double()).logits_per_image
save_file({"pixels_u8": pixels, "text_embeds_raw": texts.contiguous(), "image_embeds_raw": images.contiguous(), "logits_per_image_f64": logits.contiguous()}, FOLDER / "expected.safetensors")
made_with = {each.__name__: each.__version__ for each in (transformers, tokenizers, torch)}
(FOLDER / "expected.json").write_text(json.dumps({"made_with": made_with, "texts": TEXTS, "ids": ids}, ensure_ascii=False) + "\n")

pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
pieces.normalizer = normalizers.BertNormalizer(lowercase=True)
pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
pieces.train_from_iterator(TEXTS * 3 + ["chest x ray of a lung", "photomicrograph of tissue"] * 5, trainers.WordPieceTrainer(vocab_size=220, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
pieces.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
(ROOT / "tokenizer/any.json").write_text(json.dumps({
    "made_with": made_with, "tokenizer": json.loads(pieces.to_str()), "texts": TEXTS, "ids": [pieces.encode(text).ids for text in TEXTS]}, ensure_ascii=False) + "\n")

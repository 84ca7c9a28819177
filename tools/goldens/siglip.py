"""test/fixtures/golden/siglip: two tiny random SigLIPs as transformers saves them, what they compute, and CoOp on one of them.

    python tools/goldens/siglip.py     # transformers 5.24, torch 2.14, sentencepiece 0.2, tokenizers 0.23, Pillow 13

siglip/   spiece.model (unigram, nmt_nfkc), as google/siglip-base-patch16-224
siglip2/  tokenizer.json (byte pairs with byte fallback), text tower narrower than the image tower, as google/siglip2-giant-opt
each      expected.json (texts, ids, versions), expected.safetensors (features, logits, pixels of the image processor)
learn.safetensors  CoOp's loss on siglip/: M = 4 vectors in front of each class name, every prompt filled up to all positions,
          softmax cross-entropy of scale * cosine (the bias cancels), SGD; in float64 (f64.*) and float32 (f32.*)
"""
import json, pathlib, random, tempfile
import numpy as np
import sentencepiece, tokenizers, torch, transformers
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, trainers
from transformers import SiglipConfig, SiglipModel, SiglipTokenizer
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.siglip2.tokenization_siglip2 import Siglip2Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden"
OUT = ROOT / "siglip"
IMAGES = sorted((ROOT / "models/images").glob("img*.png"))
WORDS = """a photo of the cat dog bird horse ship truck airplane frog deer banded bumpy mesh knitted satellite image forest river
pasture flower tulip rose orchid café naïve über straße 中文 漢字 日本語 пример текст icon drawing sketch picture close-up bright dark
origami sculpture type pet food texture aircraft boeing 747-400 dhc-8-100 person doing apply eye makeup""".split()
TEXTS = [
    "a photo of a cat.", "Cat", "  a   Photo, of THE dog!", "café ÜBER Straße", "中文 漢字", "747-400", "xyz ☃ 😀 ok", "ﬁ ａｂｃ ①½",
    "don't_stop", "", "...", "▁cat", "a\tb\u00a0c\u200bd", "İstanbul ǅ", "a photo of </s> a dog", "</s>", "<unk> cat", "ΣΑΣ ς", "e\u0301 é",
    "a (close-up) picture of a 'rose'", "한국어 ꜧ", "satellite image: forest/river", "x" * 30, "the the the the", "naïve‑hyphen—dash",
]
NAMES = ["cat", "dog", "bird", "satellite image", "boeing 747-400"]


def unigram(folder):
    random.seed(0)
    lines = [" ".join(random.choice(WORDS) for _ in range(8)) for _ in range(3000)]
    with tempfile.TemporaryDirectory() as place:
        corpus = pathlib.Path(place) / "corpus.txt"
        corpus.write_text("\n".join(lines))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=str(folder / "spiece"), vocab_size=400, model_type="unigram", character_coverage=1.0,
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, normalization_rule_name="nmt_nfkc", hard_vocab_limit=False, minloglevel=2,
        )
    (folder / "spiece.vocab").unlink()
    tokenizer = SiglipTokenizer(str(folder / "spiece.model"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "SiglipTokenizer", "eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>"}))
    return tokenizer, [tokenizer(text)["input_ids"] for text in TEXTS], tokenizer.pad_token_id


def byte_pairs(folder):
    random.seed(1)
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special + [f"<0x{byte:02X}>" for byte in range(256)], show_progress=False
    )
    trained = Tokenizer(models.BPE())
    trained.train_from_iterator(
        ("▁".join(random.choice([w for w in WORDS if w.isascii()]) for _ in range(3)) for _ in range(2000)), trainer
    )
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    tokenizer = Siglip2Tokenizer(vocab=model["vocab"], merges=merges)
    tokenizer.save_pretrained(folder)
    saved = json.loads((folder / "tokenizer_config.json").read_text())
    # As the published repositories have it: an end, no beginning.
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"add_bos_token": False, "add_eos_token": True, "eos_token": saved["eos_token"], "pad_token": saved["pad_token"]})
    )
    eos = tokenizer.convert_tokens_to_ids("<eos>")
    return tokenizer, [tokenizer(text, add_special_tokens=False)["input_ids"] + [eos] for text in TEXTS], tokenizer.pad_token_id


def model_of(text, vision, vocabulary, seed):
    torch.manual_seed(seed)
    model = SiglipModel(SiglipConfig(text_config={**text, "vocab_size": vocabulary}, vision_config=vision)).eval()
    model.set_attn_implementation("eager")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name == "logit_scale":
                parameter.fill_(2.3)
            elif name == "logit_bias":
                parameter.fill_(-3.5)
            elif "norm" in name:
                parameter.copy_((1.0 if name.endswith("weight") else 0.0) + 0.3 * torch.randn_like(parameter))
            else:
                parameter.copy_(torch.randn_like(parameter) * (0.5 if parameter.ndim == 1 else 1.2 / parameter[0].numel() ** 0.5))
    return model


def record(name, build, text, vision, seed):
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer, ids, pad = build(folder)
    length = text["max_position_embeddings"]
    model = model_of(text, vision, len(tokenizer), seed)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    side = vision["image_size"]
    processor = SiglipImageProcessorPil(size={"height": side, "width": side}, image_mean=[0.5] * 3, image_std=[0.5] * 3)
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": "SiglipImageProcessor", "do_resize": True, "do_rescale": True, "do_normalize": True,
                    "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3, "size": {"height": side, "width": side}})
    )
    images = [Image.open(file) for file in IMAGES]
    planes = torch.from_numpy(np.stack(processor(images, return_tensors="np")["pixel_values"]))
    levels = ((planes * 0.5 + 0.5) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
    padded = torch.tensor([each + [pad] * (length - len(each)) for each in ids])
    # The eager attention takes its softmax in float32 whatever the model is in.
    double = SiglipModel.from_pretrained(folder, dtype=torch.float64, attn_implementation="sdpa").eval()
    with torch.no_grad():
        out = model(input_ids=padded, pixel_values=planes)
        # Not normalised, as the towers give them.
        texts = model.get_text_features(input_ids=padded).pooler_output
        features = model.get_image_features(pixel_values=planes).pooler_output
        exact = double(input_ids=padded, pixel_values=planes.double())
    save_file(
        {
            "pixels_u8": levels, "text_embeds_raw": texts.contiguous(), "image_embeds_raw": features.contiguous(),
            "logits_per_image": out.logits_per_image.contiguous(), "logits_per_image_f64": exact.logits_per_image.contiguous(),
            "probabilities": torch.sigmoid(exact.logits_per_image).contiguous(),
        },
        folder / "expected.safetensors",
    )
    versions = {each.__name__: each.__version__ for each in (transformers, torch, sentencepiece, tokenizers)}
    (folder / "expected.json").write_text(
        json.dumps({"made_with": versions, "images": [file.name for file in IMAGES], "texts": TEXTS, "ids": ids, "padding": pad}, ensure_ascii=False, indent=1) + "\n"
    )
    return folder, tokenizer, pad


def trajectory(folder, tokenizer, pad, length):
    """CoOp's training loop in the given precision: (losses, gradients, contexts)."""
    torch.manual_seed(5)
    images, labels = torch.randn(12, 48), torch.arange(12) % len(NAMES)
    start = torch.randn(4, 32) * 0.02
    tensors = {"images": images, "labels": labels.int(), "ctx_init": start}
    for kind, dtype in (("f64", torch.float64), ("f32", torch.float32)):
        model = SiglipModel.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").eval().requires_grad_(False)
        tower = model.text_model
        names = [tokenizer(name + ".")["input_ids"] for name in NAMES]
        context = start.to(dtype).clone().requires_grad_(True)
        optimiser = torch.optim.SGD([context], lr=0.05, momentum=0.9, weight_decay=5e-4)
        losses, gradients, contexts = [], [], []
        for step in range(6):
            rows = []
            for ids in names:
                rest = torch.tensor(ids + [pad] * (length - 4 - len(ids)))
                rows.append(torch.cat([context, tower.embeddings.token_embedding(rest)]))
            x = torch.stack(rows) + tower.embeddings.position_embedding.weight
            x = tower.encoder(inputs_embeds=x).last_hidden_state
            texts = tower.head(tower.final_layer_norm(x)[:, -1])
            texts = texts / texts.norm(dim=-1, keepdim=True)
            batch = slice((step % 3) * 4, (step % 3) * 4 + 4)
            seen = images[batch].to(dtype)
            seen = seen / seen.norm(dim=-1, keepdim=True)
            loss = torch.nn.functional.cross_entropy(model.logit_scale.exp() * seen @ texts.t(), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            gradients.append(context.grad.clone())
            optimiser.step()
            losses.append(loss.detach())
            contexts.append(context.detach().clone())
        tensors |= {f"{kind}.loss": torch.stack(losses), f"{kind}.grad": torch.stack(gradients), f"{kind}.ctx": torch.stack(contexts)}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, OUT / "learn.safetensors")


vision = {"hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 3, "image_size": 35, "patch_size": 8}
text = {"hidden_size": 32, "intermediate_size": 72, "num_hidden_layers": 3, "num_attention_heads": 2, "projection_size": 48}
one = record("siglip", unigram, {**text, "max_position_embeddings": 40}, vision, 7)
record("siglip2", byte_pairs, {**text, "hidden_size": 32, "max_position_embeddings": 64}, vision, 8)
trajectory(*one, 40)

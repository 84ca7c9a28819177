"""The same work in PyTorch, as CoOp's code does it: a text tower on every row of every prompt, autograd back to the context.

usage: baseline_torch.py MODEL THREADS     one JSON request a line on stdin, {"seconds": …} a line on stdout
MODEL is a transformers-layout folder of ViT-B/32's sizes. Needs torch; Pillow and NumPy for images,
scikit-learn for the linear probe.
"""
import json
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

MODEL, THREADS = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(THREADS)
torch.manual_seed(1)


def read_weights(folder):
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start = file.tell()
        header.pop("__metadata__", None)
        weights = {}
        for name, info in header.items():
            begin, end = info["data_offsets"]
            file.seek(start + begin)
            weights[name] = torch.frombuffer(bytearray(file.read(end - begin)), dtype=torch.float32).reshape(info["shape"])
    return weights


class Block(nn.Module):
    """Pre-norm residual attention block with nn.MultiheadAttention, as in openai/CLIP's model.py."""

    def __init__(self, width, heads, mask):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.fc, self.proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.mask = mask

    def forward(self, x):
        y = self.ln_1(x)
        mask = None if self.mask is None else self.mask[: len(x), : len(x)]
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=mask)[0]
        y = self.fc(self.ln_2(x))
        return x + self.proj(y * torch.sigmoid(1.702 * y))

    def load(self, weights, at):
        self.attn.in_proj_weight.data = torch.cat([weights[f"{at}.self_attn.{p}_proj.weight"] for p in "qkv"])
        self.attn.in_proj_bias.data = torch.cat([weights[f"{at}.self_attn.{p}_proj.bias"] for p in "qkv"])
        for module, name in [
            (self.attn.out_proj, "self_attn.out_proj"),
            (self.fc, "mlp.fc1"),
            (self.proj, "mlp.fc2"),
            (self.ln_1, "layer_norm1"),
            (self.ln_2, "layer_norm2"),
        ]:
            module.weight.data, module.bias.data = weights[f"{at}.{name}.weight"], weights[f"{at}.{name}.bias"]
        return self.requires_grad_(False)


CONFIG = json.load(open(os.path.join(MODEL, "config.json")))
W = read_weights(MODEL)
T, V = CONFIG["text_config"], CONFIG["vision_config"]
CONTEXT = T["max_position_embeddings"]
MASK = torch.full((CONTEXT, CONTEXT), -math.inf).triu(1)
TEXT = [
    Block(T["hidden_size"], T["num_attention_heads"], MASK).load(W, f"text_model.encoder.layers.{i}")
    for i in range(T["num_hidden_layers"])
]
VISION = [
    Block(V["hidden_size"], V["num_attention_heads"], None).load(W, f"vision_model.encoder.layers.{i}")
    for i in range(V["num_hidden_layers"])
]
TOKENS = W["text_model.embeddings.token_embedding.weight"]
POSITIONS = W["text_model.embeddings.position_embedding.weight"]
SCALE = W["logit_scale"].exp()


def norm(x, name):
    return F.layer_norm(x, x.shape[-1:], W[f"{name}.weight"], W[f"{name}.bias"], 1e-5)


def text_features(embedded, eot):
    x = (embedded + POSITIONS[: embedded.shape[1]]).permute(1, 0, 2)
    for block in TEXT:
        x = block(x)
    x = norm(x.permute(1, 0, 2), "text_model.final_layer_norm")
    x = x[torch.arange(len(x)), eot] @ W["text_projection.weight"].T
    return F.normalize(x, dim=-1)


def padded(prompts, length):
    ids = torch.zeros(len(prompts), length, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt)] = torch.tensor(prompt)
    return ids, torch.tensor([len(prompt) - 1 for prompt in prompts])


STEPS = {}


def step(prompts, tokens, vectors):
    """prompts: ids with placeholders at 1 … vectors, where CoOp puts the context."""
    key = (len(prompts), tokens, vectors, prompts[0][vectors + 1])
    if key not in STEPS:
        ids, eot = padded(prompts, tokens)
        context = nn.Parameter(torch.randn(vectors, T["hidden_size"]) * 0.02)
        optimiser = torch.optim.SGD([context], lr=0.002, momentum=0.9, weight_decay=5e-4)
        images = F.normalize(torch.randn(32, CONFIG["projection_dim"]), dim=-1)
        labels = torch.arange(32) % len(prompts)
        STEPS[key] = TOKENS[ids], eot, context, optimiser, images, labels
    embedded, eot, context, optimiser, images, labels = STEPS[key]
    start = time.perf_counter()
    x = torch.cat(
        [embedded[:, :1], context.expand(len(embedded), -1, -1), embedded[:, 1 + vectors :]], dim=1
    )
    loss = F.cross_entropy(SCALE * images @ text_features(x, eot).T, labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return time.perf_counter() - start


@torch.no_grad()
def texts(prompts):
    start = time.perf_counter()
    ids, eot = padded(prompts, CONTEXT)
    text_features(TOKENS[ids], eot)
    return time.perf_counter() - start


@torch.no_grad()
def images(files, decode):
    size = V["image_size"]
    if decode:
        import numpy
        from PIL import Image

        mean = numpy.array([0.48145466, 0.4578275, 0.40821073], numpy.float32)
        std = numpy.array([0.26862954, 0.26130258, 0.27577711], numpy.float32)

        def load(file):
            image = Image.open(file).convert("RGB")
            width, height = image.size
            scaled = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
            image = image.resize(scaled, Image.BICUBIC)
            left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
            values = numpy.asarray(image.crop((left, top, left + size, top + size)), numpy.float32) / 255
            return torch.from_numpy(((values - mean) / std).transpose(2, 0, 1).copy())
    else:
        ready = torch.randn(32, 3, size, size)
    start = time.perf_counter()
    for at in range(0, len(files), 32):
        batch = files[at : at + 32]
        pixels = torch.stack([load(file) for file in batch]) if decode else ready[: len(batch)]
        x = F.conv2d(pixels, W["vision_model.embeddings.patch_embedding.weight"], stride=V["patch_size"])
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([W["vision_model.embeddings.class_embedding"].expand(len(x), 1, -1), x], 1)
        x = norm(x + W["vision_model.embeddings.position_embedding.weight"], "vision_model.pre_layrnorm")
        x = x.permute(1, 0, 2)
        for block in VISION:
            x = block(x)
        F.normalize(norm(x[0], "vision_model.post_layernorm") @ W["visual_projection.weight"].T, dim=-1)
    return time.perf_counter() - start


def train(prompts, vectors, context, features, labels, epochs, batch):
    """CoOp's schedule (a constant first epoch, then cosine) on cached features; random batches of its own."""
    ids, eot = padded(prompts, max(map(len, prompts)))
    embedded = TOKENS[ids]
    context = nn.Parameter(torch.tensor(context).reshape(vectors, -1))
    features = torch.tensor(features).reshape(len(labels), -1)
    labels = torch.tensor(labels)
    optimiser = torch.optim.SGD([context], lr=0.002, momentum=0.9, weight_decay=5e-4)
    start = time.perf_counter()

    def forward():
        rows = [embedded[:, :1], context.expand(len(embedded), -1, -1), embedded[:, 1 + vectors :]]
        return text_features(torch.cat(rows, dim=1), eot)

    for epoch in range(epochs):
        rate = 1e-5 if epoch == 0 else 0.001 * (1 + math.cos(math.pi * epoch / epochs))
        optimiser.param_groups[0]["lr"] = rate
        for chosen in torch.randperm(len(labels)).split(batch):
            if len(chosen) < min(batch, len(labels)):
                continue
            loss = F.cross_entropy(SCALE * features[chosen] @ forward().T, labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        texts = forward()
    return {"seconds": time.perf_counter() - start, "texts": texts.flatten().tolist()}


def probe(train, validation, test):
    """The search of CoOp's lpclip/linear_probe.py: seven penalties, then eight halvings of two fits each."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return None
    parts = [(torch.tensor(part["features"]).reshape(len(part["labels"]), -1).numpy(), part["labels"]) for part in (train, validation, test)]
    (x, y), seen, unseen = parts
    start = time.perf_counter()

    def fit(c):
        return LogisticRegression(C=c, solver="lbfgs", max_iter=1000).fit(x, y)

    strengths = [1e6, 1e4, 1e2, 1, 1e-2, 1e-4, 1e-6]
    scores = [fit(c).score(*seen) for c in strengths]
    peak = strengths[scores.index(max(scores))]
    left, right = 1e-1 * peak, 1e1 * peak
    for _ in range(8):
        ends = fit(left), fit(right)
        middle = 10 ** (0.5 * (math.log10(left) + math.log10(right)))
        if ends[0].score(*seen) < ends[1].score(*seen):
            final, left = ends[1], middle
        else:
            final, right = ends[0], middle
    return {"seconds": time.perf_counter() - start, "accuracy": final.score(*unseen)}


def gemm():
    """Seconds per 10¹² operations at the best of a few sizes."""
    best = math.inf
    for rows, inner, columns in [(2048, 512, 2048), (2048, 2048, 512), (4096, 1024, 1024)]:
        a, b = torch.randn(rows, inner), torch.randn(inner, columns)
        times = []
        for _ in range(12):
            start = time.perf_counter()
            a @ b
            times.append(time.perf_counter() - start)
        best = min(best, sorted(times[2:])[5] / (2 * rows * inner * columns) * 1e12)
    return best


WORK = {"step": step, "texts": texts, "images": images, "gemm": gemm, "train": train, "probe": probe}
for line in sys.stdin:
    request = json.loads(line)
    answer = WORK[request.pop("work")](**request)
    print(json.dumps({"seconds": answer} if isinstance(answer, float) else answer), flush=True)

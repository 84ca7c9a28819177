"""Writes test/fixtures/golden/prolip.json: ProLIP's projection after 300 steps, by PyTorch.

Own code after arXiv 2410.05270 (eq. 3) and what its authors' repository sets where nothing is searched for: Adam (eps 1e-4,
lr 1e-4), cosine over 300 full-batch steps, penalty summed over all values and weighed by 1 / shots, the bias not learned.
In float64 and float32, so that a reader sees how far apart these are. 

    python tools/goldens/prolip.py     # torch 2.14.1
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

CLASSES, SHOTS, INNER, WIDTH, STEPS = 3, 4, 7, 5, 300

generator = torch.Generator().manual_seed(17)


def normal(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


labels = torch.arange(CLASSES * SHOTS) % CLASSES
pooled = normal(CLASSES * SHOTS, INNER) + 1.5 * F.one_hot(labels, INNER)
weight = normal(WIDTH, INNER) / INNER**0.5
bias = 0.1 * normal(WIDTH)
texts = F.normalize(normal(CLASSES, WIDTH), dim=-1)


def fit(dtype):
    x, t, b, w0 = (value.to(torch.float32).to(dtype) for value in (pooled, texts, bias, weight))
    w = torch.nn.Parameter(w0.clone())
    optimizer = torch.optim.Adam([w], lr=1e-4, eps=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        logits = 100.0 * F.normalize(F.linear(x, w, b), dim=-1) @ t.T
        loss = F.cross_entropy(logits, labels) + ((w - w0) ** 2).sum() / SHOTS
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    return {"loss": loss.item(), "weight": w.detach().flatten().tolist()}


def flat(value):
    return value.to(torch.float32).flatten().tolist()


out = Path(__file__).resolve().parents[2] / "test/fixtures/golden/prolip.json"
out.write_text(
    json.dumps(
        {
            "library": f"torch {torch.__version__.split('+')[0]}",
            "classes": CLASSES,
            "shots": SHOTS,
            "inner": INNER,
            "width": WIDTH,
            "labels": labels.tolist(),
            "pooled": flat(pooled),
            "weight": flat(weight),
            "bias": flat(bias),
            "texts": flat(texts),
            "float64": fit(torch.float64),
            "float32": fit(torch.float32),
        }
    )
    + "\n"
)

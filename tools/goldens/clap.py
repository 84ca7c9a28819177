"""Writes test/fixtures/golden/clap.json: the prototypes of ZS-LP and CLAP after 300 epochs, by PyTorch.

Own code after Silva-Rodríguez et al., CVPR 2024, and what its authors' repository sets (trainers/adapters.py,
configs/trainers/SGD_lr1e-1_B256_ep300.yaml): SGD 0.1 without weight decay, Dassl's momentum 0.9, one epoch of warm-up at
1e-5, then a cosine over 300; all images in one batch, as fewer than 256 are. Prototypes begin as the text features, which
are not normalised; the penalty is the mean over classes of the mean zero-shot probability of a class times its squared
distance. In float64 and float32, so that a reader sees how far apart these are.

    python tools/goldens/clap.py     # torch 2.14.1
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

CLASSES, SHOTS, WIDTH, EPOCHS, SCALE = 4, 3, 6, 300, 30.0

generator = torch.Generator().manual_seed(17)


def normal(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


labels = torch.arange(CLASSES * SHOTS) % CLASSES
features = F.normalize(normal(CLASSES * SHOTS, WIDTH) + 1.5 * F.one_hot(labels, WIDTH), dim=-1)
texts = 4 * normal(CLASSES, WIDTH) + 4 * torch.eye(CLASSES, WIDTH, dtype=torch.float64)


def rate(epoch):
    return 1e-5 if epoch == 0 else 0.05 * (1 + math.cos(math.pi * (epoch - 1) / EPOCHS))


def fit(dtype, constrained):
    x, t = (value.to(torch.float32).to(dtype) for value in (features, texts))
    w = torch.nn.Parameter(t.clone())
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    zero_shot = (SCALE * x @ F.normalize(t, dim=-1).T).softmax(-1)
    certainty = torch.stack([zero_shot[labels == c, c].mean() for c in range(CLASSES)])
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = rate(epoch)
        loss = F.cross_entropy(SCALE * x @ F.normalize(w, dim=-1).T, labels)
        if constrained:
            loss = loss + (certainty * (w - t).pow(2).sum(-1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return w.detach().flatten().tolist()


def flat(value):
    return value.to(torch.float32).flatten().tolist()


def both(constrained):
    return {"float64": fit(torch.float64, constrained), "float32": fit(torch.float32, constrained)}


out = Path(__file__).resolve().parents[2] / "test/fixtures/golden/clap.json"
out.write_text(
    json.dumps(
        {
            "library": f"torch {torch.__version__.split('+')[0]}",
            "classes": CLASSES,
            "width": WIDTH,
            "scale": SCALE,
            "labels": labels.tolist(),
            "features": flat(features),
            "texts": flat(texts),
            "zs-lp": both(False),
            "clap": both(True),
        }
    )
    + "\n"
)

"""test/fixtures/golden/soap.json: six steps of SOAP of one side on made-up gradients, in float64 with torch.linalg.eigh.

    python tools/goldens/soap.py     # torch 2.13

Written from algorithm 3 of Vyas et al. (arXiv 2409.11321) with Q_R = I and the basis new in each step; the second moments
belong to the eigenvectors in the order of their eigenvalues.
"""
import json, pathlib
import torch

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden/soap.json"
BLOCKS, WIDTH, STEPS, RATE = [3, 2, 1], 5, 6, 0.01
BETA1, BETA2, BETA_L, EPSILON = 0.9, 0.95, 0.95, 1e-8

torch.manual_seed(4)
torch.set_default_dtype(torch.float64)
context = torch.randn(sum(BLOCKS), WIDTH).float().double()
# What the vectors have in common is larger than what tells them apart, as it is in a prompt.
common = torch.randn(STEPS, 1, WIDTH)
gradients = (common + 0.3 * torch.randn(STEPS, sum(BLOCKS), WIDTH)).float().double()
start = context.clone()
parts = torch.split(context, BLOCKS)
moments = [(torch.zeros(n, WIDTH), torch.zeros(n, WIDTH), torch.zeros(n, n)) for n in BLOCKS]
ends = []
for step, gradient in enumerate(gradients, start=1):
    for part, slope, (first, second, products) in zip(parts, torch.split(gradient, BLOCKS), moments):
        products.lerp_(slope @ slope.T, 1 - BETA_L)
        _, columns = torch.linalg.eigh(products)
        rows = columns.T.flip(0)
        first.lerp_(slope, 1 - BETA1)
        second.lerp_((rows @ slope) ** 2, 1 - BETA2)
        turned = rows @ first / (1 - BETA1**step) / ((second / (1 - BETA2**step)).sqrt() + EPSILON)
        part -= RATE * (rows.T @ turned)
    ends.append(context.clone())

GOLDEN.write_text(
    json.dumps(
        {
            "blocks": BLOCKS,
            "width": WIDTH,
            "rate": RATE,
            "context": start.flatten().tolist(),
            "gradients": gradients.flatten(1).tolist(),
            "contexts": torch.stack(ends).flatten(1).tolist(),
        }
    )
    + "\n"
)

"""test/fixtures/golden/models/openai-vit: one tiny CLIP of OpenAI's form as PyTorch writes models, and what it computes.

    python tools/goldens/torch_files.py     # torch 2.13, open_clip_torch 3.3, safetensors

archive.pt        TorchScript, as OpenAI published its models: float16, layer norms float32
state_dict.bin    torch.save of the state dict
legacy.bin        the same in the form before PyTorch 1.6
checkpoint.pt     a training's checkpoint: prefix "module.", an optimiser beside it, tensors with gaps (a transposed and a sliced one)
expected.safetensors as of the other models: the outputs of open_clip's CLIP in float32 from the weights as stored
"""
import pathlib
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden/models/openai-vit"
VOCABULARY, SIZE, CONTEXT = 300, 32, 77
torch.manual_seed(3)
model = CLIP(
    24,
    CLIPVisionCfg(layers=1, width=64, patch_size=16, image_size=SIZE),
    CLIPTextCfg(context_length=CONTEXT, vocab_size=VOCABULARY, width=64, heads=1, layers=1),
    quick_gelu=True,
).eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if name == "logit_scale":
            parameter.fill_(2.5)
        elif ".ln_" in name or name.startswith("ln_") or "ln_p" in name:
            parameter.copy_((1.0 if name.endswith("weight") else 0.0) + 0.3 * torch.randn_like(parameter))
        else:
            parameter.copy_(torch.randn_like(parameter) * (0.6 if parameter.ndim == 1 else 1.2 / parameter[0].numel() ** 0.5))
        if ".ln_" not in name and not name.startswith("ln_"):
            parameter.copy_(parameter.half().float())

ids = torch.zeros(12, CONTEXT, dtype=torch.int64)
ends = torch.tensor([2 + (5 * i) % 60 for i in range(12)])
for row, end in enumerate(ends):
    ids[row, 1:end] = torch.randint(1, VOCABULARY - 2, (int(end) - 1,))
    ids[row, 0], ids[row, end] = VOCABULARY - 2, VOCABULARY - 1
pixels = torch.randint(0, 256, (8, SIZE, SIZE, 3), dtype=torch.uint8)
mean, std = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
images = ((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2).contiguous()
with torch.no_grad():
    text, image = model.encode_text(ids), model.encode_image(images)
FOLDER.mkdir(parents=True, exist_ok=True)
save_file(
    {
        "input_ids": ids.int(),
        "eot_index": ends.int(),
        "pixels_u8": pixels,
        "text_embeds_raw": text.contiguous(),
        "image_embeds_raw": image.contiguous(),
    },
    FOLDER / "expected.safetensors",
)


def stored(name, tensor):
    return tensor if ".ln_" in name or name.startswith("ln_") else tensor.half()


state = {name: stored(name, tensor) for name, tensor in model.state_dict().items()}


class Traced(torch.nn.Module):
    """OpenAI's archives hold the whole model, and three numbers beside it."""

    def __init__(self):
        super().__init__()
        for name, value in (("input_resolution", SIZE), ("context_length", CONTEXT), ("vocab_size", VOCABULARY)):
            self.register_buffer(name, torch.tensor(value))
        for name, child in model.named_children():
            setattr(self, name, child)
        for name, parameter in model.named_parameters(recurse=False):
            setattr(self, name, parameter)

    def forward(self, image, text):
        return self.visual(image), self.token_embedding(text) @ self.text_projection * self.logit_scale


traced = torch.jit.trace(Traced(), (images[:1], ids[:1]), check_trace=False)
with torch.no_grad():
    for name, parameter in traced.named_parameters():
        parameter.data = stored(name, parameter.data)
torch.jit.save(traced, str(FOLDER / "archive.pt"))
torch.save(state, FOLDER / "state_dict.bin")
torch.save(state, FOLDER / "legacy.bin", _use_new_zipfile_serialization=False)
gaps = dict(state)
gaps["text_projection"] = state["text_projection"].t().contiguous().t()
gaps["visual.proj"] = torch.cat([state["visual.proj"], state["visual.proj"]], dim=1)[:, : state["visual.proj"].shape[1]]
weight = torch.nn.Parameter(state["logit_scale"].clone())
torch.save(
    {
        "epoch": 3,
        "name": "run",
        "state_dict": {f"module.{name}": tensor for name, tensor in gaps.items()},
        "optimizer": torch.optim.SGD([weight], lr=0.1).state_dict(),
    },
    FOLDER / "checkpoint.pt",
)

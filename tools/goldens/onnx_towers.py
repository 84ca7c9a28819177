"""test/fixtures/golden/onnx: towers as ONNX files in the layout of transformers.js, text_model and vision_model.

clip/     a tiny random CLIP with the vocabulary of models/hf-vit-gelu, in float32, float16 (inputs and outputs float32) and 8 bits
          (_quantized); expected.safetensors holds what PyTorch computes, and onnxruntime from the two smaller forms
siglip/   those of siglip/siglip in float32; what they give is recorded there

    python tools/goldens/onnx_towers.py     # torch 2.14, transformers 5.24, onnx 1.23, onnxruntime 1.30
"""
import json, pathlib
import onnx, onnxruntime, torch, transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, SiglipModel

ROOT = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden"


class Text(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model.get_text_features(input_ids=input_ids).pooler_output


class Vision(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model.get_image_features(pixel_values=pixel_values).pooler_output


def export(module, sample, shapes, name, output, file):
    program = torch.onnx.export(module.eval(), (sample,), input_names=[name], output_names=[output], dynamic_shapes=(shapes,), dynamo=True)
    model = program.model_proto
    for node in model.graph.node:
        # Where it was in PyTorch: half of the file.
        del node.metadata_props[:]
    del model.graph.value_info[:]
    onnx.save(model, file)


def towers(model, target, names):
    kind = type(model)
    folder = ROOT / "onnx" / target / "onnx"
    folder.mkdir(parents=True, exist_ok=True)
    length, side = model.config.text_config.max_position_embeddings, model.config.vision_config.image_size
    batch = torch.export.Dim("batch", min=1, max=4096)
    ids = torch.randint(3, model.config.text_config.vocab_size - 3, (2, length))
    # A SigLIP is asked with all its positions, a CLIP with as many as its prompts have.
    shapes = {0: batch} if kind is SiglipModel else {0: batch, 1: torch.export.Dim("sequence", min=2, max=length)}
    sample = ids if kind is SiglipModel else ids[:, : length // 2]
    export(Text(model), sample, shapes, "input_ids", names[0], folder / "text_model.onnx")
    export(Vision(model), torch.randn(2, 3, side, side), {0: batch}, "pixel_values", names[1], folder / "vision_model.onnx")
    return folder


torch.manual_seed(17)
tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_act": "quick_gelu"}
model = CLIPModel(CLIPConfig(
    text_config={**tower, "vocab_size": 1314, "max_position_embeddings": 77, "bos_token_id": 1312, "eos_token_id": 1313, "pad_token_id": 0},
    vision_config={**tower, "image_size": 32, "patch_size": 8}, projection_dim=24,
)).eval()
model.set_attn_implementation("eager")
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if "norm" in name or "layrnorm" in name:
            parameter.copy_((1.0 if name.endswith("weight") else 0.0) + 0.3 * torch.randn_like(parameter))
        elif parameter.ndim > 0:
            parameter.copy_(torch.randn_like(parameter) * (0.5 if parameter.ndim == 1 else 1.2 / parameter[0].numel() ** 0.5))
recorded = json.loads((ROOT / "models/hf-vit-gelu/expected.json").read_text())
folder = towers(model, "clip", ("text_embeds", "image_embeds"))
model.config.save_pretrained(folder.parent)
ids = recorded["ids_unpadded"]
pixels = torch.randint(0, 256, (5, 32, 32, 3), dtype=torch.uint8)
mean, std = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
with torch.no_grad():
    texts = torch.cat([Text(model)(torch.tensor([each])) for each in ids])
    images = Vision(model)(((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2))
(folder.parent / "expected.json").write_text(json.dumps({
    "made_with": {each.__name__: each.__version__ for each in (torch, transformers, onnx, onnxruntime)}, "ids": ids}) + "\n")
for name in ("text_model", "vision_model"):
    half = convert_float_to_float16(onnx.load(folder / f"{name}.onnx"), keep_io_types=True)
    onnx.save(half, folder / f"{name}_fp16.onnx")
    quantize_dynamic(folder / f"{name}.onnx", folder / f"{name}_quantized.onnx", weight_type=QuantType.QUInt8)

def ran(name, feeds):
    return torch.from_numpy(onnxruntime.InferenceSession(str(folder / name), providers=["CPUExecutionProvider"]).run(None, feeds)[0])


planes = ((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2).contiguous().numpy()
expected = {"pixels_u8": pixels, "text_embeds_raw": texts, "image_embeds_raw": images}
# One at a time: activations in 8 bits are scaled by the greatest of a whole run.
for suffix in ("_fp16", "_quantized"):
    each = [ran(f"text_model{suffix}.onnx", {"input_ids": torch.tensor([ids[at]]).numpy()}) for at in range(len(ids))]
    expected |= {f"text_embeds{suffix}": torch.cat(each), f"image_embeds{suffix}": torch.cat([ran(f"vision_model{suffix}.onnx", {"pixel_values": plane[None]}) for plane in planes])}
save_file(expected, folder.parent / "expected.safetensors")
towers(SiglipModel.from_pretrained(ROOT / "siglip/siglip", dtype=torch.float32, attn_implementation="eager").eval(), "siglip", ("pooler_output", "pooler_output"))

"""test/fixtures/golden/images/processors.json: what transformers' image processors make of noise, by their configuration.

    python tools/goldens/image_processors.py     # transformers 5.24, Pillow 13.0
"""
import hashlib, json, pathlib, tempfile
import numpy as np
import transformers
from PIL import Image
from transformers import AutoImageProcessor

from images import OUT, noise

CLIP = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
VIT = {"image_processor_type": "ViTImageProcessor", "size": 32}
CONFIGS = {
    "shortest edge": CLIP,
    "whole processor": {"image_processor": {**CLIP, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}},
    "older names": {"feature_extractor_type": "CLIPFeatureExtractor", "size": 32, "crop_size": 32, "resample": 2},
    "size as list": {**CLIP, "size": [32, 32], "crop_size": [32, 32]},
    "resize, then crop": {**CLIP, "size": {"shortest_edge": 40}},
    "stretch, then crop": {**CLIP, "size": {"height": 40, "width": 51}},
    "square by default": {**CLIP, "size": 33, "default_to_square": True},
    "ViT": VIT,
    "ViT with a mean": {**VIT, "size": {"height": 32, "width": 32}, "image_mean": 0.25, "image_std": [0.5, 0.25, 0.125], "resample": 3},
    "Siglip": {"image_processor_type": "SiglipImageProcessorFast", "size": {"height": 32, "width": 32}},
    "another scale": {**CLIP, "rescale_factor": 1 / 127.5},
    "no rescaling": {**CLIP, "do_rescale": False},
    "no normalising": {**CLIP, "do_normalize": False, "do_convert_rgb": None, "do_pad": True},
    "neither": {**CLIP, "do_normalize": False, "do_rescale": False},
}
SIZES = [(61, 47), (47, 61), (40, 39), (32, 32), (35, 90), (131, 33), (20, 23)]


def processor(config):
    with tempfile.TemporaryDirectory() as folder:
        name = "processor_config.json" if "image_processor" in config else "preprocessor_config.json"
        (pathlib.Path(folder) / name).write_text(json.dumps(config))
        return AutoImageProcessor.from_pretrained(folder, backend="pil")


def outputs(config):
    ours = processor(config)
    for size in SIZES:
        plain = ours(images=noise(*size), do_rescale=False, do_normalize=False, return_tensors="np")["pixel_values"][0]
        floats = ours(images=noise(*size), return_tensors="np")["pixel_values"][0].astype(np.float64)
        levels = np.ascontiguousarray(plain.astype(np.uint8).transpose(1, 2, 0))
        yield {"size": size, "sha256": hashlib.sha256(levels.tobytes()).hexdigest(), "first": floats[:, 0, 0].tolist()}


golden = {
    "transformers": transformers.__version__,
    "processors": [{"name": name, "config": config, "images": list(outputs(config))} for name, config in CONFIGS.items()],
}
(OUT / "processors.json").write_text(json.dumps(golden, indent=1) + "\n")

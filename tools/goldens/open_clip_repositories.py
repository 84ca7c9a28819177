"""src/engine/models/clip/open-clip-repositories.json: what open_clip knows of the repositories that it loads weights from, where
the towers are plain CLIPs: activation and preprocessing stand in no file beside the weights.

    python tools/goldens/open_clip_repositories.py     # open_clip_torch 3.3
"""
import json, pathlib
import open_clip
from open_clip import pretrained
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

OTHER_TEXT = {"hf_model_name", "hf_tokenizer_name", "no_causal_mask", "pool_type", "embed_cls"}
OTHER_VISION = {"timm_model_name", "no_ln_pre", "pool_type", "attentional_pool"}
found = {}
for model, tags in pretrained._PRETRAINED.items():
    config = open_clip.get_model_config(model)
    if config is None or "multimodal_cfg" in config or OTHER_TEXT & set(config["text_cfg"]) or OTHER_VISION & set(config["vision_cfg"]):
        continue
    for tag in tags.values():
        repository = tag.get("hf_hub", "").strip("/")
        if not repository:
            continue
        preprocess = {}
        if tuple(tag["mean"]) != OPENAI_DATASET_MEAN or tuple(tag["std"]) != OPENAI_DATASET_STD:
            preprocess |= {"mean": tag["mean"], "std": tag["std"]}
        for key, usual in (("interpolation", "bicubic"), ("resize_mode", "shortest")):
            if tag[key] != usual:
                preprocess[key] = tag[key]
        entry = {"quickGelu": bool(tag.get("quick_gelu")), "preprocess": preprocess}
        assert found.setdefault(repository, entry) == entry, repository
target = pathlib.Path(__file__).resolve().parents[2] / "src/engine/models/clip/open-clip-repositories.json"
lines = [f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(found.items())]
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")

"""test/fixtures/golden/models/{openclip-eva02,openclip-pe}: tiny random CLIPs of open_clip with image towers of timm's Eva (rotary
positions; EVA-02: gated MLP, inner norms, class row; Perception Encoder: pooled by attention), and what they compute.

    python tools/goldens/timm_towers.py     # open_clip_torch 3.3, timm 1.0, torch 2.14
"""
import json, pathlib
import open_clip, timm, torch
from functools import partial
from open_clip.model import CustomTextCLIP, CLIPTextCfg, CLIPVisionCfg
from safetensors.torch import save_file
from timm.layers import LayerNorm
from timm.models.eva import Eva

ROOT = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden/models"
EMBED, SIDE = 24, 32
TEXT = {"context_length": 77, "vocab_size": 300, "width": 32, "heads": 2, "layers": 1}
TOWERS = {
    # As eva02_base_patch16_clip_224 and vit_pe_core_tiny_patch16_384 are made, but narrow, shallow and of other patches.
    "openclip-eva02": ("eva02_base_patch16_clip_224", "token", dict(
        embed_dim=96, num_heads=12, qkv_fused=False, mlp_ratio=4 * 2 / 3 / 2, swiglu_mlp=True, scale_mlp=True, scale_attn_inner=True,
        use_rot_pos_emb=True, ref_feat_shape=(16, 16), global_pool="token")),
    "openclip-pe": ("vit_pe_core_tiny_patch16_384", "map", dict(
        embed_dim=48, num_heads=3, mlp_ratio=2.0, global_pool="map", attn_type="rope", use_pre_transformer_norm=True, use_rot_pos_emb=True,
        ref_feat_shape=(24, 24), rope_grid_offset=1.0, rope_grid_indexing="xy", attn_pool_num_heads=8, attn_pool_mlp_ratio=2.0,
        norm_layer=partial(LayerNorm, eps=1e-5))),
}


class Visual(torch.nn.Module):
    def __init__(self, trunk):
        super().__init__()
        self.trunk = trunk

    def forward(self, x):
        return self.trunk(x)


for seed, (folder, (name, pool, options)) in enumerate(TOWERS.items()):
    torch.manual_seed(31 + seed)
    model = CustomTextCLIP(EMBED, CLIPVisionCfg(image_size=SIDE, width=64, layers=1, patch_size=16), CLIPTextCfg(**TEXT))
    model.visual = Visual(Eva(img_size=SIDE, patch_size=8, depth=1, num_classes=EMBED, **options))
    model.eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if key == "logit_scale":
                parameter.fill_(2.3)
            elif "norm" in key or ".ln_" in key:
                parameter.copy_((1.0 if key.endswith("weight") else 0.0) + 0.3 * torch.randn_like(parameter))
            else:
                parameter.copy_(torch.randn_like(parameter) * (0.5 if parameter.ndim == 1 else 1.2 / parameter[0].numel() ** 0.5))
    ids = torch.zeros(8, 77, dtype=torch.int64)
    ends = torch.tensor([2 + (5 * i) % 60 for i in range(8)])
    for row, end in enumerate(ends):
        ids[row, 1:end] = torch.randint(1, 298, (int(end) - 1,))
        ids[row, 0], ids[row, end] = 298, 299
    pixels = torch.randint(0, 256, (8, SIDE, SIDE, 3), dtype=torch.uint8)
    mean, std = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
    planes = ((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2).contiguous()
    with torch.no_grad():
        text, image = model.encode_text(ids), model.encode_image(planes)
    place = ROOT / folder
    place.mkdir(parents=True, exist_ok=True)
    save_file({key: tensor.contiguous() for key, tensor in model.state_dict().items()}, place / "open_clip_model.safetensors")
    vision = {"image_size": SIDE, "timm_model_name": name, "timm_model_pretrained": False, "timm_pool": pool, "timm_proj": None}
    (place / "open_clip_config.json").write_text(json.dumps({
        "model_cfg": {"embed_dim": EMBED, "custom_text": True, "vision_cfg": vision, "text_cfg": TEXT}, "preprocess_cfg": {}}, indent=1) + "\n")
    save_file({"input_ids": ids.int(), "eot_index": ends.int(), "pixels_u8": pixels, "text_embeds_raw": text.contiguous(), "image_embeds_raw": image.contiguous()},
              place / "expected.safetensors")
    (place / "expected.json").write_text(json.dumps({"made_with": {each.__name__: each.__version__ for each in (open_clip, timm, torch)}}) + "\n")

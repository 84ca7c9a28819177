"""test/fixtures/golden/images: what Pillow makes of files and sizes that few tests think of.

    python tools/goldens/images.py     # Pillow 13.0
"""
import hashlib, json, pathlib
import numpy as np
import PIL
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden/images"
BICUBIC, BILINEAR = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR


def sha(picture):
    return hashlib.sha256(np.asarray(picture.convert("RGB")).tobytes()).hexdigest()


def noise(width, height):
    """Pixel i of channel c: a hash of 3 i + c that any language repeats."""
    i = np.arange(width * height * 3, dtype=np.uint32)
    levels = ((i * np.uint32(2654435761)) >> np.uint32(24)).astype(np.uint8)
    return Image.fromarray(levels.reshape(height, width, 3))


def resizes():
    """Sizes on both sides of the rule for which axis is filtered first, with and without a box cut out before."""
    cases = []
    for size, to, box in [
        ((100, 260), (32, 83), None), ((150, 390), (64, 166), None), ((390, 150), (166, 64), None), ((64, 70), (64, 20), None),
        ((100, 168), (32, 32), None), ((100, 169), (32, 32), None), ((20, 60), (32, 40), None), ((20, 60), (32, 64), None),
        ((40, 40), (32, 24), None), ((40, 41), (32, 24), None), ((60, 200), (24, 24), (7, 11, 47, 171)),
        ((60, 200), (24, 24), (0, 0, 60, 72)), ((1, 50), (32, 1600), None), ((50, 1), (1600, 32), None), ((3, 500), (9, 30), None),
    ]:
        for name, filter in [("bicubic", BICUBIC), ("bilinear", BILINEAR)]:
            source = noise(*size) if box is None else noise(*size).crop(box)
            cases.append({"size": size, "box": box, "to": to, "interpolation": name, "sha256": sha(source.resize(to, filter))})
    return cases


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    golden = {"pillow": PIL.__version__, "resizes": resizes()}
    (OUT / "images.json").write_text(json.dumps(golden, indent=1) + "\n")

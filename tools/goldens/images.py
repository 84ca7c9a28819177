"""test/fixtures/golden/images: what Pillow makes of files and sizes that few tests think of.

    python tools/goldens/images.py     # Pillow 13.0; jpegtran and cjpeg of libjpeg-turbo for the files that are not there yet
"""
import hashlib, io, json, pathlib, subprocess, zlib
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


def gradient(width, height):
    y, x = np.mgrid[:height, :width]
    levels = [x * 255 / width, y * 255 / height, 127 + 120 * np.sin(x * y / 90)]
    return Image.fromarray(np.stack(levels, -1).astype(np.uint8))


def jpeg(picture, **options):
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def without_adobe(data):
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]


def with_transform(data, transform):
    at = data.index(b"Adobe") + 11
    return data[:at] + bytes([transform]) + data[at + 1 :]


def run(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def pnm(head, samples, width=None):
    """Samples as bytes, as 16-bit big-endian words (dtype >u2) or as text, where `width` says how many a line."""
    if width is None:
        return head + samples.tobytes()
    lines = [" ".join(map(str, line)) for line in samples.reshape(-1, width).tolist()]
    return head + ("\n".join(lines) + "\n").encode()


def pnm_files():
    picture = np.asarray(gradient(37, 23))
    grey, words = picture[..., 0], picture.astype(">u2") * 200 + 3
    bits = (grey > 99).astype(np.uint8)
    return {
        "colour.ppm": lambda: pnm(b"P6\n# by hand\n37 23\n255\n", picture),
        "colour-white-100.ppm": lambda: pnm(b"P6 37 23 100\n", picture % 101),
        "colour-16.ppm": lambda: pnm(b"P6\n37\n23\n65535\n", words),
        "colour-12.ppm": lambda: pnm(b"P6\n37 23\n4095\n", words % 4096),
        "colour-text.ppm": lambda: pnm(b"P3\n37 23\n#c\n255\n", picture, 23 * 3),
        "grey.pgm": lambda: pnm(b"P5 37 23 255 ", grey),
        "grey-white-15.pgm": lambda: pnm(b"P5\n37 23\n15\n", grey % 16),
        "grey-16.pgm": lambda: pnm(b"P5\n37 23\n65535\n", words[..., 0]),
        "grey-low-16.pgm": lambda: pnm(b"P5\n37 23\n65535\n", picture[..., 1].astype(">u2")),
        "grey-12.pgm": lambda: pnm(b"P5\n37 23\n4095\n", picture[..., 1].astype(">u2") // 16),
        "grey-text.pgm": lambda: pnm(b"P2\n37 23\n# a comment\n200\n# another\n", grey % 201, 23),
        "bits.pbm": lambda: pnm(b"P4\n37 23\n", np.packbits(bits, axis=1)),
        "bits-text.pbm": lambda: b"P1\n37 23\n" + b"\n".join(bytes(row + 48) for row in bits) + b"\n# end\n",
    }


def short_png(rows, extra):
    """A PNG whose data end, as they say themselves, before its last rows; `extra` bytes of another row."""
    picture = np.asarray(gradient(40, 30))
    lines = b"".join(b"\0" + row.tobytes() for row in picture)[: rows * 121 + extra]
    chunk = lambda kind, body: len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
    head = chunk(b"IHDR", (40).to_bytes(4, "big") + (30).to_bytes(4, "big") + bytes([8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def tiff(picture, **options):
    out = io.BytesIO()
    picture.save(out, "TIFF", **options)
    return out.getvalue()


def tiff_files():
    picture, high = gradient(75, 50), gradient(33, 70)
    strips = {"tiffinfo": {278: 16}}
    return {
        "big.tif": lambda: tiff(picture, big_tiff=True),
        "big-lzw.tif": lambda: tiff(picture, big_tiff=True, compression="tiff_lzw", **strips),
        "zstd.tif": lambda: tiff(picture, compression="zstd"),
        "zstd-strips.tif": lambda: tiff(high, compression="zstd", tiffinfo={278: 16, 317: 2}),
        "jpeg.tif": lambda: tiff(picture, compression="jpeg"),
        "jpeg-ycc.tif": lambda: tiff(high.convert("YCbCr"), compression="jpeg", **strips),
        "jpeg-rgb.tif": lambda: tiff(high, compression="jpeg", quality=90, **strips),
        "jpeg-grey.tif": lambda: tiff(high.convert("L"), compression="jpeg", **strips),
        "group4.tif": lambda: tiff(picture.convert("1"), compression="group4"),
    }


def files():
    """Made once: other versions of Pillow and of the tools write other bytes."""
    cmyk = gradient(75, 50).convert("CMYK")
    ppm = io.BytesIO()
    gradient(75, 50).save(ppm, "PPM")
    return {
        **pnm_files(),
        **tiff_files(),
        "short.png": lambda: short_png(20, 0),
        "short-row.png": lambda: short_png(12, 50),
        "cmyk-no-adobe.jpg": lambda: without_adobe(jpeg(cmyk)),
        "cmyk-adobe.jpg": lambda: jpeg(cmyk),
        "cmyk-transform-3.jpg": lambda: with_transform(jpeg(cmyk), 3),
        "chroma-440.jpg": lambda: run(["jpegtran", "-rotate", "90"], jpeg(gradient(64, 48), subsampling="4:2:2")),
        "chroma-440-progressive.jpg": lambda: run(["jpegtran", "-rotate", "90", "-progressive"], jpeg(gradient(64, 48), subsampling="4:2:2")),
        "chroma-411.jpg": lambda: run(["cjpeg", "-sample", "4x1"], ppm.getvalue()),
        "chroma-odd.jpg": lambda: run(["cjpeg", "-sample", "2x2,2x1,1x2"], ppm.getvalue()),
        "arithmetic.jpg": lambda: run(["jpegtran", "-arithmetic"], jpeg(gradient(75, 50))),
        "arithmetic-progressive.jpg": lambda: run(["jpegtran", "-arithmetic", "-progressive"], jpeg(gradient(75, 50))),
    }


def decoded():
    for name, make in files().items():
        file = OUT / name
        if not file.exists():
            file.write_bytes(make())
    for file in sorted(OUT.iterdir()):
        if file.suffix == ".json":
            continue
        picture = Image.open(file)
        try:
            picture.load()
        except OSError as error:
            yield {"file": file.name, "refused": str(error)}
            continue
        yield {"file": file.name, "size": picture.size, "mode": picture.mode, "sha256": sha(picture)}


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    golden = {"pillow": PIL.__version__, "resizes": resizes(), "files": list(decoded())}
    (OUT / "images.json").write_text(json.dumps(golden, indent=1) + "\n")

"""Many classes from held-out emoji styles, by Unicode's subgroups: <out>/<subgroup>/<set>-<name>.jpg

usage: make_demo_subgroups.py OUT SET,SET,... LEAST MOST   (images of a class; one with fewer is left out)
"""
import json
import os
import random
import sys

import numpy as np
from PIL import Image

SIDE, ICON = 80, 72
BACKGROUNDS = [
    (255, 255, 255), (250, 250, 250), (240, 240, 240), (225, 235, 250),
    (250, 244, 214), (236, 248, 230), (250, 230, 232), (40, 44, 52),
]

out, styles, least, most = sys.argv[1], sys.argv[2].split(','), int(sys.argv[3]), int(sys.argv[4])
meta = [json.loads(line) for line in open('data/held.jsonl')]
rgba = np.memmap('data/held.bin', dtype=np.uint8, mode='r', shape=(len(meta), ICON, ICON, 4))
rng = random.Random(7)

subgroups: dict[str, list[int]] = {}
for index, icon in enumerate(meta):
    if icon['set'] in styles and icon['group']:
        subgroups.setdefault(icon['group'], []).append(index)

classes = images = 0
for subgroup in sorted(subgroups):
    members = subgroups[subgroup]
    rng.shuffle(members)
    members = members[:most]
    if len(members) < least:
        continue
    folder = os.path.join(out, subgroup.replace('-', '_'))
    os.makedirs(folder, exist_ok=True)
    for index in sorted(members):
        side = int(ICON * rng.uniform(0.7, 1.0))
        icon = Image.fromarray(np.array(rgba[index]), 'RGBA')
        icon = icon.rotate(rng.uniform(-12, 12), Image.BICUBIC, expand=False).resize((side, side), Image.BICUBIC)
        image = Image.new('RGB', (SIDE, SIDE), rng.choice(BACKGROUNDS))
        image.paste(icon, (rng.randint(0, SIDE - side), rng.randint(0, SIDE - side)), icon)
        name = f"{meta[index]['set']}-{meta[index]['name']}.jpg"
        image.save(os.path.join(folder, name), quality=93, subsampling=0)
        images += 1
    classes += 1
print(classes, 'classes,', images, 'images')

import type { SnippetFacts } from './snippet-facts';
import { pythonString } from './string-literal';

/** The file is the whole classifier, preprocessing inside, so that a model of any family can be used. */
export function onnxruntimeSnippet({ file }: Pick<SnippetFacts, 'file'>): string {
  return `# A prompt and its model as one ONNX file, preprocessing inside.
# pip install onnxruntime pillow
import json
import os
import sys

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # onnxruntime sends telemetry otherwise

import numpy
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(${pythonString(file)})
about = session.get_modelmeta().custom_metadata_map
classes = json.loads(about["classes"])
threshold = float(about.get("threshold", 0))

for path in sys.argv[1:]:
    with Image.open(path) as image:
        pixels = numpy.asarray(image.convert("RGB"))[None]
    probabilities = session.run(["probabilities"], {"image": pixels})[0][0]
    best = int(probabilities.argmax())
    answer = "none of these" if probabilities[best] < threshold else classes[best]
    print(path, answer, f"{probabilities[best]:.3f}", sep="\\t")
`;
}

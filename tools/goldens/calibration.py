"""Writes test/fixtures/golden/calibration.json: the temperature that SciPy's bounded minimiser finds for random logits, and
scikit-learn's reliability curve of 15 equal bins before and after it, with the error that follows from it.

    python tools/goldens/calibration.py     # scipy 1.17.1, scikit-learn 1.9.1
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.calibration import calibration_curve

BINS = 15
generator = np.random.default_rng(29)


def case(name, n, classes, sharpness):
    labels = generator.integers(0, classes, n)
    logits = generator.normal(size=(n, classes))
    logits[np.arange(n), labels] += 1.2
    logits = (sharpness * logits).round(6)

    def nll(log_inverse):
        return -log_softmax(np.exp(log_inverse) * logits, axis=1)[np.arange(n), labels].mean()

    found = minimize_scalar(nll, bounds=(np.log(1e-2), np.log(1e2)), method="bounded", options={"xatol": 1e-12})
    temperature = float(np.exp(-found.x))

    def reliability(scaled):
        probabilities = softmax(scaled, axis=1)
        confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
        share, mean = calibration_curve(right, confidence, n_bins=BINS)
        counts = np.histogram(np.ceil(confidence * BINS) - 1, bins=np.arange(BINS + 1))[0]
        counts = counts[counts > 0]
        return {
            "accuracy": share.tolist(),
            "confidence": mean.tolist(),
            "n": counts.tolist(),
            "ece": float((counts * np.abs(share - mean)).sum() / n),
        }

    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "logits": logits.flatten().tolist(),
        "temperature": temperature,
        "nll": {"before": float(nll(0.0)), "after": float(found.fun)},
        "before": reliability(logits),
        "after": reliability(logits / temperature),
    }


cases = [case("too sure", 300, 5, 6.0), case("too humble", 300, 5, 0.3), case("two classes", 120, 2, 20.0)]
out = Path(__file__).resolve().parents[2] / "test/fixtures/golden/calibration.json"
library = f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
out.write_text(json.dumps({"library": library, "cases": cases}) + "\n")
print(library, [(c["name"], c["temperature"], c["before"]["ece"], c["after"]["ece"]) for c in cases])

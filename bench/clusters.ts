import { unitRows } from '../src/engine/measure/unit-features';

/** Unit features around one direction per class; `stream` draws other images of the same classes. */
export function clusters(classes: number, perClass: number, width: number, stream: number) {
  const noise = (a: number, b: number, c: number) =>
    (Math.sin(a * 12.9898 + b * 78.233 + c * 37.719 + 1) * 43_758.5453) % 1;
  const labels = Int32Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass));
  const features = new Float32Array(labels.length * width);
  for (const [image, label] of labels.entries())
    for (let e = 0; e < width; e++)
      features[image * width + e] = noise(label, e, 0) + 1.5 * noise(image, e, stream);
  return { features: unitRows(features, width), labels };
}

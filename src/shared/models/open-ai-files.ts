/** Files of OpenAI's `clip` package by the name `clip.load` takes (openai/CLIP, clip/clip.py, _MODELS). */
export const OPEN_AI_FILES: ReadonlyMap<string, string> = new Map([
  ['RN50', 'RN50.pt'],
  ['RN101', 'RN101.pt'],
  ['RN50x4', 'RN50x4.pt'],
  ['RN50x16', 'RN50x16.pt'],
  ['RN50x64', 'RN50x64.pt'],
  ['ViT-B/32', 'ViT-B-32.pt'],
  ['ViT-B/16', 'ViT-B-16.pt'],
  ['ViT-L/14', 'ViT-L-14.pt'],
  ['ViT-L/14@336px', 'ViT-L-14-336px.pt'],
]);

import { onnxruntimeSnippet } from './onnxruntime';
import { openClipSnippet } from './open-clip';
import type { Library, SnippetFacts } from './snippet-facts';
import { transformersSnippet } from './transformers';
import { transformersJsSnippet } from './transformers-js';

/** The ending of the exported prompt that a library's code opens. */
export const exportEnding = (library: Library): string => ENDINGS[library];

const ENDINGS: Readonly<Record<Library, string>> = {
  open_clip: '.safetensors',
  transformers: '.safetensors',
  'transformers.js': '.json',
  onnxruntime: '.onnx',
};

/**
 * Ready code that classifies image files with an exported prompt, as this product does.
 * @throws CoopError `model.unsupported` when the library cannot load a model of this layout
 */
export function snippet(library: Library, facts: SnippetFacts): string {
  switch (library) {
    case 'open_clip':
      return openClipSnippet(facts);
    case 'transformers':
      return transformersSnippet(facts);
    case 'transformers.js':
      return transformersJsSnippet(facts);
    case 'onnxruntime':
      return onnxruntimeSnippet(facts);
  }
}

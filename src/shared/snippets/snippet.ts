import { openClipSnippet } from './open-clip';
import type { Library, SnippetFacts } from './snippet-facts';
import { transformersSnippet } from './transformers';
import { transformersJsSnippet } from './transformers-js';

/** The ending of the exported prompt that a library's code opens. */
export const exportEnding = (library: Library): string =>
  library === 'transformers.js' ? '.json' : '.safetensors';

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
  }
}

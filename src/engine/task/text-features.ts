/** What a line says of every class, as the text tower sees it. */
export interface TextFeatures {
  /** [classes, E], unit rows. */
  readonly features: Float32Array;
  readonly longest: LongestPrompt;
}

/** The longest prompt in tokens, SOT and EOT included, the class it belongs to, and how it reads. */
export interface LongestPrompt {
  readonly tokens: number;
  readonly className: string;
  readonly text: string;
}

/** What the image features of training come from, by the name of the recipe, and how a person is told. */
export const RECIPES = {
  fast: 'three beginnings, one of them random and two from the baseline’s words, all shots in every step with noise on their features; dev images choose: the fastest, and the one that overfits least',
  cached: 'the paper’s schedule on each image encoded once',
  views: 'random crops and flips of each image, encoded once, in turn',
  paper: 'a fresh random crop and flip of each image in every epoch, as CoOp does: the slowest',
} as const;

export type RecipeName = keyof typeof RECIPES;

export const RECIPE_NAMES = Object.keys(RECIPES) as readonly RecipeName[];

/** Views of each image where the recipe `views` is asked for without a number. */
export const DEFAULT_VIEWS = 8;

/** What the image features of training come from, by the name of the recipe, and how a person is told. */
export const RECIPES = {
  cached: 'each image encoded once: the fastest',
  views: 'random crops and flips of each image, encoded once, in turn',
  paper: 'a fresh random crop and flip of each image in every epoch, as CoOp does: the slowest',
} as const;

export type RecipeName = keyof typeof RECIPES;

export const RECIPE_NAMES = Object.keys(RECIPES) as readonly RecipeName[];

/** Views of each image where the recipe `views` is asked for without a number. */
export const DEFAULT_VIEWS = 8;

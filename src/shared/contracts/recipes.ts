/** What the image features of training come from, by the name of the recipe, and how a person is told: a row of a pick has room for some 70 characters. */
export const RECIPES = {
  fast: 'two beginnings, dev images choose: the fastest, and overfits least',
  cached: 'the paper’s schedule on each image encoded once',
  views: 'random crops and flips of each image, encoded once, in turn',
  paper: 'fresh random crops and flips in every epoch, as CoOp does: the slowest',
} as const;

export type RecipeName = keyof typeof RECIPES;

export const RECIPE_NAMES = Object.keys(RECIPES) as readonly RecipeName[];

/** Views of each image where the recipe `views` is asked for without a number, and the most where `fast` is. */
export const DEFAULT_VIEWS = 8;

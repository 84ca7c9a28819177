import * as v from 'valibot';
import type * as vscode from 'vscode';
import { WORD_LISTS } from '../../../shared/contracts/method-spec';
import type { RunRequest } from '../../../shared/contracts/protocol';
import { RECIPE_NAMES } from '../../../shared/contracts/recipes';
import { CoopError } from '../../../shared/errors';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What a person may change of a run. */
const CHOICE = {
  layout: v.exactOptional(v.string()),
  shots: v.exactOptional(whole),
  epochs: v.exactOptional(whole),
  seeds: v.exactOptional(v.pipe(v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), v.minLength(1))),
  recipe: v.exactOptional(v.picklist(RECIPE_NAMES)),
  views: v.exactOptional(whole),
  list: v.exactOptional(v.picklist(WORD_LISTS)),
  device: v.exactOptional(v.string()),
  comparisons: v.exactOptional(v.boolean()),
};
const ARGUMENTS = v.strictObject({
  ...CHOICE,
  line: v.exactOptional(v.string()),
  start: v.exactOptional(v.boolean()),
});

export type LearnChoice = v.InferOutput<ReturnType<typeof v.object<typeof CHOICE, undefined>>>;

/** Arguments of `coop.learn` for keybindings and links: `{"shots": 4, "start": true}`; a string is the line. */
export type LearnArguments = LearnChoice & {
  /** The template; default: the one under the cursor. */
  readonly line?: string;
  /** Starts without asking. */
  readonly start?: boolean;
};

/** @throws CoopError `usage` naming the argument that is wrong */
export function learnArguments(given: unknown): LearnArguments {
  if (given === undefined || given === null) return {};
  if (typeof given === 'string') return { line: given };
  const { success, output, issues } = v.safeParse(ARGUMENTS, given);
  if (success) return output;
  const [issue] = issues;
  throw new CoopError(
    'usage',
    `coop.learn cannot use its arguments: ${v.getDotPath(issue)}: ${issue.message}`,
    {
      next: 'Give, as you like, line, layout, shots, epochs, seeds, recipe, views, list, device, comparisons and start.',
    },
  );
}

/** The last choice, kept for the workspace: the next run starts from it. */
export class LastChoice {
  constructor(private readonly memory: vscode.Memento) {}

  get(): LearnChoice {
    const { success, output } = v.safeParse(v.object(CHOICE), this.memory.get('coop.learn', {}));
    return success ? output : {};
  }

  async set(choice: LearnChoice): Promise<void> {
    await this.memory.update('coop.learn', choice);
  }
}

/** Of another recipe than those two it is what was chosen for one of them before. */
function viewsOf({ recipe = 'fast', views }: LearnChoice): { readonly views?: number } {
  return (recipe === 'views' || recipe === 'fast') && views !== undefined ? { views } : {};
}

export function requestOf(line: string, choice: LearnChoice): RunRequest {
  const { layout, device, recipe, list, shots, epochs, seeds, comparisons } = choice;
  return {
    line,
    recipe: {
      ...(shots === undefined ? {} : { shots }),
      ...(epochs === undefined ? {} : { epochs }),
      ...(seeds === undefined ? {} : { seeds }),
      ...(list === undefined ? {} : { list }),
      ...(recipe === undefined ? {} : { name: recipe }),
      ...viewsOf(choice),
    },
    ...(layout === undefined ? {} : { layout }),
    ...(device === undefined ? {} : { device }),
    ...(comparisons === undefined ? {} : { comparisons }),
  };
}

import * as vscode from 'vscode';
import type { RunPlan } from '../../../shared/contracts/protocol';
import { DEFAULT_VIEWS, RECIPE_NAMES, RECIPES } from '../../../shared/contracts/recipes';
import { assertNever } from '../../../shared/errors';
import { contextLengthOf, withContextLength } from '../../../shared/template/context-length';
import { parseTemplate } from '../../../shared/template/parse-template';
import type { EngineClient } from '../../services/engine-client';
import { pickDevice } from '../devices/pick-device';
import type { LearnChoice } from './learn-arguments';
import type { EditableRow } from './learn-rows';

/** Asks for one value; undefined when the user left it as it was. */
export async function editChoice(
  engine: EngineClient,
  row: EditableRow,
  choice: LearnChoice,
  { recipe, template, device: planned }: RunPlan,
): Promise<LearnChoice | undefined> {
  switch (row) {
    case 'layout': {
      const layout = await pickLayout(template);
      return layout === undefined ? undefined : { ...choice, layout };
    }
    case 'length': {
      const parsed = parseTemplate(template).template!;
      const length = await whole('Context vectors (M) of each slot', contextLengthOf(parsed) ?? 16);
      return length === undefined ? undefined : { ...choice, layout: withContextLength(parsed, length) };
    }
    case 'shots': {
      const shots = await whole('Training images per class', recipe.shots);
      return shots === undefined ? undefined : { ...choice, shots };
    }
    case 'epochs': {
      const epochs = await whole('Epochs', recipe.method === 'words' ? recipe.chains : recipe.epochs);
      return epochs === undefined ? undefined : { ...choice, epochs };
    }
    case 'seeds': {
      const text = await vscode.window.showInputBox({
        title: 'Seeds: one context is learned with each',
        value: recipe.seeds.join(', '),
        validateInput: entered =>
          /^\d{1,9}(\s*,\s*\d{1,9})*$/.test(entered.trim()) ? null : 'Numbers, such as 1, 2, 3.',
      });
      return text === undefined ? undefined : { ...choice, seeds: text.split(',').map(Number) };
    }
    case 'recipe':
      return recipe.method === 'words'
        ? pickWordList(choice)
        : pickRecipe(choice, recipe.views ?? DEFAULT_VIEWS);
    case 'device': {
      const device = await pickDevice(engine, 'Device to learn on', choice.device ?? planned);
      return device === undefined ? undefined : { ...choice, device };
    }
    default:
      return assertNever(row);
  }
}

/** @param prompt why it is asked, where that is not plain */
export async function whole(title: string, value: number, prompt?: string): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    value: String(Math.max(1, value)),
    ...(prompt === undefined ? {} : { prompt }),
    validateInput: entered => (/^[1-9]\d{0,4}$/.test(entered) ? null : 'A whole number from 1 to 99999.'),
  });
  return text === undefined ? undefined : Number(text);
}

/** The paper's layouts with the present M, or another that is written out. */
async function pickLayout(present: string): Promise<string | undefined> {
  const m = contextLengthOf(parseTemplate(present).template!) ?? 16;
  const half = Math.max(1, Math.round(m / 2));
  const layout = (label: string, description: string) => ({ label, description });
  const other = { label: '$(edit) Write another …' };
  const usual = [
    layout(`[V:${m}] {}.`, 'before the class name: the paper’s main results'),
    layout(`[V:${half}] {} [V:${half}].`, 'around the class name'),
    layout(`{} [V:${m}].`, 'after the class name'),
    layout(`[V:${m} per-class] {}.`, 'class-specific: vectors of its own for each class'),
    layout('[V = "a photo of a"] {}.', 'starts as these words'),
    layout('[words:4] {}.', 'real words: the result is a plain template for any tool'),
  ];
  const rows = usual.some(({ label }) => label === present) ? usual : [layout(present, 'as it is'), ...usual];
  const chosen = await vscode.window.showQuickPick([...rows, other], { title: 'Layout to learn' });
  if (chosen === undefined || chosen !== other) return chosen?.label;
  return vscode.window.showInputBox({
    title: 'Layout to learn',
    value: present,
    prompt: '{} is the class name, [V:16] sixteen vectors to learn',
    validateInput: layoutProblem,
  });
}

function layoutProblem(line: string): string | null {
  const { template, problems } = parseTemplate(line);
  if (template === null) return problems[0]?.message ?? 'This is no template.';
  return template.segments.every(({ kind }) => kind !== 'learnable' && kind !== 'words')
    ? 'There is nothing to learn in it: write [V:16] where vectors belong, or [words:4] for words.'
    : null;
}

async function pickWordList(choice: LearnChoice): Promise<LearnChoice | undefined> {
  const chosen = await vscode.window.showQuickPick(
    [
      { label: 'common', list: 'common' as const, description: 'single common words, chained' },
      { label: 'phrases', list: 'phrases' as const, description: 'whole phrases of published templates' },
    ],
    { title: 'What the words are chosen from' },
  );
  return chosen === undefined ? undefined : { ...choice, list: chosen.list };
}

async function pickRecipe(choice: LearnChoice, views: number): Promise<LearnChoice | undefined> {
  const chosen = await vscode.window.showQuickPick(
    RECIPE_NAMES.map(name => ({ label: name, name, description: RECIPES[name] })),
    { title: 'What training sees of the images' },
  );
  if (chosen === undefined) return undefined;
  const { views: _ofAnother, ...others } = choice;
  if (chosen.name !== 'views') return { ...others, recipe: chosen.name };
  const number = await whole('Random views of each image', views);
  return number === undefined ? undefined : { ...choice, recipe: 'views', views: number };
}

import * as vscode from 'vscode';
import type { TriedLines } from '../../../shared/asking/tried-lines';
import type { SuggestedEnsemble, SuggestionSource, SuggestResult } from '../../../shared/contracts/suggest';
import { count } from '../../../shared/format/count';
import { ensembleImages } from '../../../shared/format/ensemble-images';
import { percent } from '../../../shared/format/percent';
import { points } from '../../../shared/format/points';
import { visibleText } from '../../../shared/format/visible-text';
import type { ChatModel } from './chat-model';

export type Picked =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'ask'; readonly model: ChatModel };

type Row = vscode.QuickPickItem & { readonly value?: Picked };

/** More rows than anyone reads cost time at each change. */
const MOST_ROWS = 30;
const REDRAW_MS = 200;

const SOURCES: Readonly<Record<SuggestionSource, string>> = {
  published: 'published',
  insert: 'a word added',
  replace: 'a word changed',
  drop: 'a word dropped',
  asked: 'asked for',
};

/** The list of suggestions: it fills while they are scored, the best first, until one is picked or it is hidden. */
export class SuggestPick implements vscode.Disposable {
  private readonly pick = vscode.window.createQuickPick<Row>();
  private ensemble: SuggestedEnsemble | null = null;
  /** Of dev. */
  private images = 0;
  private models: readonly ChatModel[] = [];
  private timer: NodeJS.Timeout | undefined;
  private hidden = false;
  private resolve: (picked: Picked | undefined) => void = () => undefined;

  constructor(
    line: string,
    private readonly tried: TriedLines,
  ) {
    this.pick.placeholder = `Instead of “${visibleText(line)}”: choose one to put it in its place`;
    this.pick.matchOnDescription = true;
    this.pick.keepScrollPosition = true;
    // Neither a look at the images nor the question for consent ends the search.
    this.pick.ignoreFocusOut = true;
    this.pick.onDidAccept(() => {
      const [row] = this.pick.selectedItems;
      if (row?.value !== undefined) this.resolve(row.value);
    });
    this.pick.onDidHide(() => {
      this.hidden = true;
      this.resolve(undefined);
    });
    this.searching();
    this.pick.show();
  }

  /** What is picked next; undefined when the list is hidden. */
  next(): Promise<Picked | undefined> {
    return new Promise(resolve => {
      this.resolve = resolve;
      if (this.hidden) resolve(undefined);
    });
  }

  searching(): void {
    this.pick.busy = true;
    this.tell('trying lines');
  }

  /** More lines are tried. */
  added(): void {
    this.timer ??= setTimeout(() => this.draw(), REDRAW_MS);
  }

  /** What is being done, and how far it is. */
  tell(message: string): void {
    this.pick.title = `CoOp: Suggest Templates · ${message}`;
  }

  done({ ensemble, images }: SuggestResult, models: readonly ChatModel[]): void {
    this.ensemble = ensemble;
    this.images = images;
    this.models = models;
    this.pick.busy = false;
    this.pick.title = `CoOp: Suggest Templates · ${count(this.tried.found.length)} tried on dev images; test images judge the choice`;
    this.draw();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.pick.dispose();
  }

  private draw(): void {
    this.timer = undefined;
    const best = [...this.tried.found].sort((a, b) => b.accuracy - a.accuracy).slice(0, MOST_ROWS);
    const { ensemble } = this;
    this.pick.items = [
      ...(ensemble === null
        ? []
        : [
            {
              label: `$(layers) Ensemble of ${ensemble.lines.length}`,
              description: `${gainOf(ensemble)}${ensembleImages(ensemble.images, this.images)}`,
              detail: ensemble.lines.map(visibleText).join(' · '),
              value: { kind: 'lines' as const, lines: ensemble.lines },
            },
          ]),
      ...best.map(
        (each): Row => ({
          label: visibleText(each.line),
          description: `${gainOf(each)} · ${SOURCES[each.source]}`,
          value: { kind: 'lines', lines: [each.line] },
        }),
      ),
      ...this.models.map(
        (model): Row => ({
          label: `$(comment-discussion) Ask ${visibleText(model.name)} for better ones …`,
          alwaysShow: true,
          value: { kind: 'ask', model },
        }),
      ),
    ];
  }
}

/** Without a p-value: the best of many would look as if it were one line that was tried. */
function gainOf({ accuracy, difference }: Pick<SuggestedEnsemble, 'accuracy' | 'difference'>): string {
  return `${percent(accuracy)} on dev, ${points(difference)}`;
}

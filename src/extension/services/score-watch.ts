import path from 'node:path';
import * as vscode from 'vscode';
import { PlaceWatch } from '../../files/disk/place-watch';
import { parsePrompts } from '../../shared/template/parse-prompts';
import type { EngineClient } from './engine-client';
import type { ScoreStore, Scoring } from './score-store';

/** While something a document names is missing, and nothing tells when it comes: a model that is being downloaded, say. */
const RETRY_MS = 5000;
/** Images, folders, lists and models; other files may lie beside the images. */
const COUNTS = /(^[^.]*|\.(jpe?g|png|webp|gif|bmp|tiff?|csv|tsv|json|jsonl|txt|safetensors|bin|pt|gz))$/i;

/** Scores again what stands on images, lists and a model that changed, and what could not be scored once it can be. */
export class ScoreWatch implements vscode.Disposable {
  private readonly watched = new Map<
    string,
    { readonly watch: PlaceWatch; retry: NodeJS.Timeout | undefined; last: Scoring }
  >();
  private readonly listeners: vscode.Disposable;

  constructor(
    private readonly engine: EngineClient,
    private readonly scores: ScoreStore,
  ) {
    this.listeners = vscode.Disposable.from(
      scores.onAnswer(answer => this.follow(answer)),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) for (const { last } of this.watched.values()) void this.look(last);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.forget(uri.toString())),
    );
  }

  dispose(): void {
    this.listeners.dispose();
    for (const key of this.watched.keys()) this.forget(key);
  }

  /** A drive of another machine tells nothing, and the hub's cache is not watched: who comes back sees numbers that hold. */
  private async look({ document, request }: Scoring): Promise<void> {
    if (document.isClosed || this.scores.progressOf(document.uri) !== undefined) return;
    const shown = this.scores.fingerprintOf(document.uri);
    const now = await this.engine.request('project/fingerprint', request).catch(() => null);
    if (now !== shown && shown === this.scores.fingerprintOf(document.uri)) this.again(document);
  }

  private again(document: vscode.TextDocument): void {
    if (!document.isClosed) this.scores.schedule(document, { all: true, delay: 0 });
  }

  private follow(scoring: Scoring): void {
    const { document, request, since } = scoring;
    if (document.isClosed) return;
    const key = document.uri.toString();
    const again = () => this.again(document);
    const entry = this.watched.get(key) ?? {
      watch: new PlaceWatch(paths => {
        const places = paths.filter(each => COUNTS.test(path.basename(each)));
        if (places.length > 0)
          void this.engine.request('project/changed', { places }).then(again, () => undefined);
      }),
      retry: undefined,
      last: scoring,
    };
    entry.last = scoring;
    this.watched.set(key, entry);
    void entry.watch.watch(placesOf(request), since);
    clearTimeout(entry.retry);
    const missing = this.scores.problemOf(document.uri)?.code;
    if (missing === 'model.missing' || missing === 'images.folder')
      entry.retry = setTimeout(() => {
        const shown = vscode.window.visibleTextEditors.some(editor => editor.document === document);
        if (shown) again();
        else this.follow(scoring);
      }, RETRY_MS);
  }

  private forget(key: string): void {
    const entry = this.watched.get(key);
    entry?.watch.dispose();
    clearTimeout(entry?.retry);
    this.watched.delete(key);
  }
}

/** What a document's scores stand on, as absolute paths; a model of the hub's cache never changes in place. */
function placesOf({ path: file, text }: Scoring['request']): string[] {
  const folder = path.dirname(file);
  const { images, classes, split, model, descriptors } = parsePrompts(text).directives;
  const named = [
    images,
    classes === 'auto' ? null : classes,
    split.kind === 'coop' ? split.file : null,
    model,
    ...descriptors.map(({ source }) => source.file),
  ];
  return named.flatMap(each => (each === null ? [] : [path.resolve(folder, each)]));
}

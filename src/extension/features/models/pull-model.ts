import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Progress, PulledModel } from '../../../shared/contracts/protocol';
import { CoopError } from '../../../shared/errors';
import { progressCount, rate } from '../../../shared/format/count';
import { timeLeft } from '../../../shared/format/duration';
import { noticeText } from '../../../shared/format/markdown-text';
import { KNOWN_MODELS } from '../../../shared/models/known-models';
import { isHubId } from '../../../shared/snippets/snippet-facts';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import type { HubToken } from '../../services/hub-token';

/** Downloads a model that somebody chose; whoever only names one in a document is asked first. */
export class ModelDownloads {
  constructor(
    private readonly engine: EngineClient,
    private readonly token: HubToken,
  ) {}

  /**
   * @returns undefined when the hub wants a token and the user gave none
   * @throws CoopError as the engine; `cancelled`, with what is here kept
   */
  async pull(id: string): Promise<PulledModel | undefined> {
    for (;;) {
      try {
        return await this.once(id);
      } catch (thrown) {
        if (!(thrown instanceof CoopError) || thrown.code !== 'hub.denied') throw thrown;
        if (!(await this.mendAccess(id, thrown))) return undefined;
      }
    }
  }

  private once(id: string): Thenable<PulledModel> {
    return vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: noticeText(`Downloading ${id}`),
        cancellable: true,
      },
      async (progress, cancelled) => {
        const job = randomUUID();
        const token = await this.token.get();
        let shown = 0;
        const listener = this.engine.onNotification(({ name, params: update }) => {
          if (name !== 'engine/progress' || update.job !== job) return;
          const percent = update.total > 0 ? (100 * update.done) / update.total : 0;
          progress.report({ message: inWords(update), increment: Math.max(0, percent - shown) });
          shown = Math.max(shown, percent);
        });
        try {
          return await this.engine.request(
            'model/pull',
            { id, job, ...(token === undefined ? {} : { token }) },
            cancelled,
          );
        } finally {
          listener.dispose();
        }
      },
    );
  }

  /** @returns whether to try again */
  private async mendAccess(id: string, { message, next = '' }: CoopError): Promise<boolean> {
    const [page, enter] = ['Open the Model’s Page', 'Enter a Token …'];
    const chosen = await vscode.window.showWarningMessage(noticeText(`${message} ${next}`), page, enter);
    if (chosen === enter) return this.token.ask();
    // A mirror has the same pages; the hub's own is where conditions are accepted.
    if (chosen === page) await vscode.env.openExternal(vscode.Uri.parse(`https://huggingface.co/${id}`));
    return false;
  }
}

/** `120 / 599 MB · 38 MB/s · ≈ 13 s left` */
function inWords({ done, total, unit, perSecond }: Progress): string {
  const parts = [progressCount(done, total, unit)];
  if (perSecond !== undefined && perSecond > 0)
    parts.push(rate(perSecond, unit), timeLeft((total - done) / perSecond));
  return parts.join(' · ');
}

/** How large a model is that is offered by name; '' for any other. */
export function sizeInWords(id: string): string {
  const known = KNOWN_MODELS.find(each => each.id === id);
  return known === undefined ? '' : `${known.megabytes.toLocaleString('en-US')} MB`;
}

/** Download Model, for links and quick fixes: those that name it are buttons that say what it does. */
export function registerPullModel(
  downloads: ModelDownloads,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return registerCommand(log, 'coop.pullModel', async (id: unknown) => {
    if (typeof id !== 'string' || !isHubId(id)) return undefined;
    return downloads.pull(id);
  });
}

import * as vscode from 'vscode';
import { noticeText } from '../../../shared/format/markdown-text';

/** What is used of `vscode.LanguageModelChat`; other code of this window can give a model of its own. */
export type ChatModel = Pick<vscode.LanguageModelChat, 'name' | 'sendRequest'>;

const MAX_ANSWER = 10_000;

/** The user's chat models; none where the editor has none. */
export async function chatModels(): Promise<readonly ChatModel[]> {
  return vscode.lm.selectChatModels().then(
    models => models,
    () => [],
  );
}

/** True when the user lets a model see the templates and their accuracies. */
export async function consents({ name }: ChatModel): Promise<boolean> {
  const send = 'Ask the Model';
  const chosen = await vscode.window.showWarningMessage(
    noticeText(`Send templates to ${name}?`),
    {
      modal: true,
      detail:
        'It is shown the three best and the three worst templates so far with their accuracies, ten times, and proposes others, which are scored here. Images and class names are not sent.',
    },
    send,
  );
  return chosen === send;
}

export async function askModel(
  model: ChatModel,
  question: string,
  token: vscode.CancellationToken,
): Promise<string> {
  const { text } = await model.sendRequest(
    [vscode.LanguageModelChatMessage.User(question)],
    { justification: 'To propose prompt templates that may classify your images better.' },
    token,
  );
  let answer = '';
  for await (const part of text) {
    answer += part;
    if (answer.length > MAX_ANSWER) break;
  }
  return answer;
}

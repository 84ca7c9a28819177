import * as vscode from 'vscode';

const KEY = 'coop.learnedFrom';

/** The source files that runs were learned from: a template list's run belongs to the `.prompts` file that names its images. */
export class LearnedFrom {
  constructor(private readonly memory: vscode.Memento) {}

  uriOf(directory: string): vscode.Uri | undefined {
    const kept = this.memory.get<Readonly<Record<string, unknown>>>(KEY, {})[directory];
    return typeof kept === 'string' ? vscode.Uri.parse(kept) : undefined;
  }

  async keep(directory: string, uri: vscode.Uri): Promise<void> {
    const kept = this.memory.get<Readonly<Record<string, unknown>>>(KEY, {});
    await this.memory.update(KEY, { ...kept, [directory]: uri.toString() });
  }
}

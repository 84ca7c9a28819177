import * as vscode from 'vscode';

const SCHEME = 'coop';

/** Results shown as rendered Markdown that no file stands behind. */
export class TextDocuments implements vscode.Disposable {
  private readonly contents = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: this.changed.event,
    provideTextDocumentContent: uri => this.contents.get(uri.path) ?? '',
  });

  async show(title: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.md` });
    this.contents.set(uri.path, markdown);
    this.changed.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
  }

  /** What was shown last under a title. */
  textOf(title: string): string | undefined {
    return this.contents.get(`/${title}.md`);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

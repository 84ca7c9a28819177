import type * as vscode from 'vscode';

/** A run's directory as text (links, keybindings), or an item of the view “Runs”; the newest run that fits when absent. */
type RunArgument = string | { readonly directory: string };

/** What each command of package.json takes. Values come from keybindings and links, too: a handler checks them. */
export interface ContributedCommands {
  'coop.scan': readonly [folder?: vscode.Uri];
  /** The second: what `@model` shall name, or null for none yet. */
  'coop.newPrompts': readonly [folder?: vscode.Uri, model?: string | null];
  /** Of what the view “Images” shows, else of the shown document. */
  'coop.nameClasses': readonly [];
  'coop.score': readonly [];
  /** A string is the line; see LearnArguments. */
  'coop.learn': readonly [given?: string | object];
  /** A string is the line; `{ line, apply }`. */
  'coop.suggest': readonly [given?: string | object];
  'coop.openReport': readonly [run?: RunArgument, options?: { readonly preserveFocus?: boolean }];
  'coop.apply': readonly [run?: RunArgument];
  'coop.stop': readonly [run?: RunArgument];
  'coop.resume': readonly [run?: RunArgument];
  /** The second: all selected items of the view. */
  'coop.deleteRun': readonly [
    run?: RunArgument | { readonly directories: readonly string[]; readonly sure: boolean },
    all?: readonly RunArgument[],
  ];
  /** A `*.experiment.json`, else the one in the editor; the second: without showing the plan first. */
  'coop.runExperiment': readonly [file?: vscode.Uri, start?: boolean];
  'coop.compareRuns': readonly [run?: RunArgument | readonly RunArgument[], all?: readonly RunArgument[]];
  /** The file under the cursor, all selected ones, and the line to predict with. */
  'coop.predict': readonly [image?: vscode.Uri, all?: readonly vscode.Uri[], line?: string];
  'coop.exportContext': readonly [run?: RunArgument, file?: vscode.Uri];
  'coop.exportCode': readonly [run?: RunArgument, library?: string];
  /** What `@model` shall name. */
  'coop.selectModel': readonly [model?: string];
  /** For gated and private models of the hub. */
  'coop.setHubToken': readonly [];
  'coop.checkDevices': readonly [];
  'coop.installCuda': readonly [];
  'coop.installTensorflow': readonly [];
  /** Where the sample is copied to. */
  'coop.openSample': readonly [folder?: vscode.Uri];
  'coop.showLog': readonly [];
}

export const CONTRIBUTED_COMMANDS: { readonly [Id in keyof ContributedCommands]: true } = {
  'coop.scan': true,
  'coop.newPrompts': true,
  'coop.nameClasses': true,
  'coop.score': true,
  'coop.learn': true,
  'coop.suggest': true,
  'coop.openReport': true,
  'coop.apply': true,
  'coop.stop': true,
  'coop.resume': true,
  'coop.deleteRun': true,
  'coop.runExperiment': true,
  'coop.compareRuns': true,
  'coop.predict': true,
  'coop.exportContext': true,
  'coop.exportCode': true,
  'coop.selectModel': true,
  'coop.setHubToken': true,
  'coop.checkDevices': true,
  'coop.installCuda': true,
  'coop.installTensorflow': true,
  'coop.openSample': true,
  'coop.showLog': true,
};

/** Commands that only the extension itself calls. */
interface OwnCommands {
  'coop.cancelScoring': readonly [];
  'coop.showImages': readonly [folder: string];
  /** A model of the hub, by its name there. */
  'coop.pullModel': readonly [id: string];
  'coop.showFailure': readonly [run: string];
  /** A list of the folder's images, to be labelled. */
  'coop.labelImages': readonly [folder: vscode.Uri];
  /** The same with the likeliest of some classes for each. */
  'coop.predictFolder': readonly [
    folder: vscode.Uri,
    given?: { readonly names: readonly string[]; readonly model: string },
  ];
  'coop.chooseFolder': readonly [document: vscode.Uri, directive: string, folder?: vscode.Uri];
}

/** Commands that VS Code makes of a view's name. */
interface ViewCommands {
  'coop.dashboard.focus': readonly [options?: { readonly preserveFocus: boolean }];
  'coop.images.focus': readonly [options?: { readonly preserveFocus: boolean }];
}

export type RegisteredCommands = ContributedCommands & OwnCommands;
export type Commands = RegisteredCommands & ViewCommands;
export type CommandId = keyof Commands;

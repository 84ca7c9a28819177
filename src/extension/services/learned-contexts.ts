import { open } from 'node:fs/promises';
import * as vscode from 'vscode';

/** What a context's file says of itself (docs/FILE-FORMATS.md). */
export interface ContextHead {
  readonly slots: number;
  readonly template: string;
  readonly model: string;
  readonly recipe: string | null;
  readonly devAccuracy: number | null;
}

const EXTENSION = '.safetensors';
/** No context has so many classes and slots that its header is longer. */
const MAX_HEADER_BYTES = 2 ** 24;

export function contextUri(document: vscode.Uri, name: string): vscode.Uri {
  return vscode.Uri.joinPath(document, '..', '.coop', 'contexts', name + EXTENSION);
}

/** Names of the learned contexts beside a document. */
export async function contextNames(document: vscode.Uri): Promise<string[]> {
  const entries = await vscode.workspace.fs
    .readDirectory(vscode.Uri.joinPath(document, '..', '.coop', 'contexts'))
    .then(
      found => found,
      () => [],
    );
  return entries
    .flatMap(([name]) => (name.endsWith(EXTENSION) ? [name.slice(0, -EXTENSION.length)] : []))
    .sort();
}

/** Null where there is no such file, or none that can be read. */
export async function readContextHead({ fsPath }: vscode.Uri): Promise<ContextHead | null> {
  const header = await readHeader(fsPath).catch(() => null);
  if (header === null) return null;
  const { __metadata__: about = {}, ...tensors } = header;
  const accuracy = Number(about['dev_accuracy'] ?? Number.NaN);
  return {
    slots: Object.keys(tensors).length,
    template: about['template'] ?? '',
    model: about['model'] ?? '',
    recipe: about['recipe'] ?? null,
    devAccuracy: Number.isFinite(accuracy) ? accuracy : null,
  };
}

interface Header {
  readonly __metadata__?: Readonly<Record<string, string>>;
  readonly [tensor: string]: unknown;
}

async function readHeader(file: string): Promise<Header | null> {
  const handle = await open(file);
  try {
    const size = new Uint8Array(8);
    await handle.read(size, 0, 8, 0);
    const length = Number(new DataView(size.buffer).getBigUint64(0, true));
    if (length > MAX_HEADER_BYTES) return null;
    const bytes = new Uint8Array(length);
    await handle.read(bytes, 0, length, 8);
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof header === 'object' && header !== null ? (header as Header) : null;
  } finally {
    await handle.close();
  }
}

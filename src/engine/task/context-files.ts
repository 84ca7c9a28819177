import { type LearnedContext, readContext } from '../../files/contexts/learned-context';
import { contextFile } from '../../files/coop-folder';
import { fileStamps } from '../models/shelf/file-stamps';

/** Learned contexts beside a document, read once as long as their files stay as they are. */
export class ContextFiles {
  private readonly known = new Map<string, { readonly stamp: string; readonly context: LearnedContext }>();

  /** @param documentFolder the folder that `.coop` lies in */
  constructor(private readonly documentFolder: string) {}

  /** @throws CoopError `context.missing`, `file.corrupt`, `file.access` */
  async read(name: string): Promise<LearnedContext> {
    const file = contextFile(this.documentFolder, name);
    const stamp = await this.stamp(name);
    const known = this.known.get(name);
    if (known?.stamp === stamp) return known.context;
    const context = await readContext(file);
    this.known.set(name, { stamp, context });
    return context;
  }

  /** Changes with the file. @throws CoopError `context.missing` for a name that is no file name */
  stamp(name: string): Promise<string> {
    return fileStamps([contextFile(this.documentFolder, name)]);
  }
}

import { listFiles, modelInfo } from '@huggingface/hub';
import * as v from 'valibot';
import { CoopError } from '../../../shared/errors';
import type { HubClient } from './hub-client';

/** One file of a repository at a commit. */
export interface HubFile {
  /** Without folders. */
  readonly name: string;
  /** Within the repository. */
  readonly path: string;
  readonly bytes: number;
  /** Its sha256 where Git LFS keeps it, else its git object's sha1: the name of its blob in the cache. */
  readonly etag: string;
  readonly commit: string;
}

const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const INFO = v.object({ sha: hex(40) });
const ENTRY = v.object({
  type: v.literal('file'),
  path: v.pipe(v.string(), v.maxLength(500)),
  size,
  oid: hex(40),
  lfs: v.optional(v.object({ oid: hex(64), size })),
});
const DISCUSSIONS = v.object({
  discussions: v.array(
    v.object({
      num: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
      title: v.string(),
      status: v.string(),
      isPullRequest: v.boolean(),
      author: v.optional(v.object({ name: v.string() })),
    }),
  ),
});
/** More than any repository of a model has at its top. */
const MAX_FILES = 10_000;

/**
 * A model's repository on the hub. Listing is @huggingface/hub's; its downloads are not used, since they neither go on
 * where one stopped, nor check hashes, nor keep two processes apart, and print to the output that carries our messages.
 */
export class Repository {
  constructor(
    private readonly client: HubClient,
    private readonly id: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The commit that a branch or `refs/pr/N` is at. @throws CoopError as `HubClient.get` */
  async commit(revision: string): Promise<string> {
    const info = await modelInfo({
      name: this.id,
      revision,
      additionalFields: ['sha'],
      ...this.access(),
    });
    return this.checked(INFO, info).sha;
  }

  /** Files in one of its folders, '' for its top; entries of other kinds are left out. */
  async files(commit: string, folder = ''): Promise<readonly HubFile[]> {
    const found: HubFile[] = [];
    const list = listFiles({
      repo: { type: 'model', name: this.id },
      revision: commit,
      ...(folder === '' ? {} : { path: folder }),
      ...this.access(),
    });
    let seen = 0;
    for await (const entry of list) {
      seen += 1;
      if (seen > MAX_FILES) break;
      if (entry.type !== 'file') continue;
      const { path, size: bytes, oid, lfs } = this.checked(ENTRY, entry);
      const name = path.slice(path.lastIndexOf('/') + 1);
      // What is not plain is a name of no file that is needed.
      if (!/^[\w][\w.-]*$/.test(name) || path !== (folder === '' ? name : `${folder}/${name}`)) continue;
      found.push({ name, path, bytes: lfs?.size ?? bytes, etag: lfs?.oid ?? oid, commit });
    }
    return found;
  }

  /**
   * The pull request in which the hub's own converter proposes safetensors. Anyone may open one with any weights; as in
   * transformers (safetensors_conversion.py) only the converter's is taken.
   */
  async conversion(): Promise<string | null> {
    const url = this.url(
      `api/models/${this.id}/discussions?type=pull_request&status=open&author=SFconvertbot`,
    );
    const { value } = await this.client.json(url, { signal: this.signal });
    const found = this.checked(DISCUSSIONS, value).discussions.find(
      ({ title, status, isPullRequest, author }) =>
        isPullRequest &&
        status === 'open' &&
        author?.name === 'SFconvertbot' &&
        title === 'Adding `safetensors` variant of this model',
    );
    return found === undefined ? null : `refs/pr/${found.num}`;
  }

  /** The first bytes of a small file, as text. @throws CoopError as `HubClient.get` */
  async beginning(file: HubFile, bytes: number): Promise<string> {
    const answer = await this.client.beginning(this.fileUrl(file), bytes, { signal: this.signal });
    return answer.bytes.toString('utf8');
  }

  fileUrl({ commit, path }: HubFile): URL {
    return this.url(`${this.id}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`);
  }

  private url(place: string): URL {
    return new URL(`${this.base()}/${place}`);
  }

  private base(): string {
    return this.client.settings.endpoint.href.replace(/\/$/, '');
  }

  private access(): { readonly hubUrl: string; readonly fetch: typeof globalThis.fetch } {
    return {
      hubUrl: this.base(),
      fetch: async input => {
        const url = new URL(String(input));
        const { value, headers } = await this.client.json(url, { signal: this.signal });
        const link = headers.get('link');
        return new Response(JSON.stringify(value), { headers: link === null ? {} : { link } });
      },
    };
  }

  private checked<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw new CoopError(
      'hub.unreachable',
      `${this.client.settings.endpoint.host} describes “${this.id}” in a way that is not understood (${v.getDotPath(issue) ?? 'the answer'}: ${issue.message}).`,
      { subject: this.id, next: 'Check HF_ENDPOINT: a mirror must answer as the hub does.' },
    );
  }
}

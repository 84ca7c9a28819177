import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { listen, portOf } from './listen';

/** What a client asked for. */
export interface Asked {
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface ServedRepository {
  /** Files by path, at each revision; `main` is one of them. */
  readonly revisions: Readonly<Record<string, ReadonlyMap<string, Buffer>>>;
  readonly gated?: boolean;
  readonly discussions?: readonly object[];
}

interface Entry {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly isLarge: boolean;
}

/** As the hub keeps them: above this, in Git LFS. */
const LARGE_BYTES = 50_000;
/** As the hub's lists have pages. */
const PAGE = 4;
export const GOOD_TOKEN = 'hf_good';
/** Accepted, but of an account that no gated model is open to. */
export const OTHER_TOKEN = 'hf_other';

/**
 * A hub on this machine that behaves as huggingface.co does: descriptions and lists of files in pages, small files behind
 * a relative redirect, large ones behind one to another host with a signed address, gated and unknown models; and as
 * networks do, when asked to.
 */
export class HubServer {
  readonly asked: Asked[] = [];
  /** Of each answer with a large file, the connection breaks after so many bytes. */
  dropAfter = Number.POSITIVE_INFINITY;
  /** The other host sends whole files, whatever range was asked for. */
  ignoresRanges = false;
  /** The other host sends other bytes of the file of this name. */
  corrupts = '';
  /** Bytes of large files go out up to this many; then they wait until `release`. */
  private held = Number.POSITIVE_INFINITY;
  private waiting: (() => void)[] = [];
  /** Answers of the hub that come first, each once. */
  readonly first: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[] = [];
  private readonly repositories = new Map<string, ServedRepository>();
  private readonly hub = http.createServer((request, response) => this.answerHub(request, response));
  private readonly cdn = http.createServer((request, response) => this.answerCdn(request, response));

  async start(): Promise<this> {
    for (const server of [this.hub, this.cdn]) await listen(server);
    return this;
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    }
  }

  get isListening(): boolean {
    return this.hub.listening;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${portOf(this.hub)}`;
  }

  serve(id: string, repository: ServedRepository): void {
    this.repositories.set(id, repository);
  }

  /** As `serve`: a folder of this checkout, on the main branch. */
  serveFolder(id: string, folder: string): void {
    this.serve(id, { revisions: { main: filesOf(folder) } });
  }

  commit(id: string, revision = 'main'): string {
    const files = this.repositories.get(id)!.revisions[revision]!;
    const hash = createHash('sha1').update(`${id} ${revision}`);
    for (const [name, bytes] of files) hash.update(name).update(bytes);
    return hash.digest('hex');
  }

  hold(bytes: number): void {
    this.held = bytes;
  }

  release(): void {
    this.held = Number.POSITIVE_INFINITY;
    for (const go of this.waiting.splice(0)) go();
  }

  /** Waits until a download has been given what `hold` lets through. */
  async isHeld(): Promise<void> {
    while (this.waiting.length === 0 && this.hub.listening)
      await new Promise(resolve => setTimeout(resolve, 5));
  }

  /** What was asked of one host, for a file of this name. */
  requests(host: Asked['host'], name = ''): readonly Asked[] {
    return this.asked.filter(each => each.host === host && each.path.includes(name));
  }

  private note(host: Asked['host'], { url, headers }: http.IncomingMessage): URL {
    const { range, authorization } = headers;
    const asked = new URL(url!, 'http://any');
    this.asked.push({ host, path: `${asked.pathname}${asked.search}`, range, authorization });
    return asked;
  }

  private answerHub(request: http.IncomingMessage, response: http.ServerResponse): unknown {
    const url = this.note('hub', request);
    const first = this.first.shift();
    if (first !== undefined) return response.writeHead(first.status, first.headers).end('busy');
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (token !== undefined && token !== GOOD_TOKEN && token !== OTHER_TOKEN)
      return refuse(response, 401, { 'x-error-message': 'Invalid credentials in Authorization header' });
    const place = decodeURIComponent(url.pathname).replace(/^\//, '');
    const id = [...this.repositories.keys()].find(each =>
      [`api/models/${each}`, each, `cache/${each}`].some(start => place.startsWith(`${start}/`)),
    );
    if (id === undefined)
      return refuse(response, token === undefined ? 401 : 404, { 'x-error-code': 'RepoNotFound' });
    const repository = this.repositories.get(id)!;
    const rest = place.slice(place.indexOf(id) + id.length + 1);
    if (place.startsWith('api/')) return this.api(response, id, repository, rest, url);
    const [, verb, commit, file] = /^(?:(resolve)\/)?([0-9a-f]{40})\/(.+)$/.exec(rest) ?? [];
    const revision = Object.keys(repository.revisions).find(each => this.commit(id, each) === commit);
    const bytes = repository.revisions[revision ?? '']?.get(file ?? '');
    if (bytes === undefined) return refuse(response, 404, { 'x-error-code': 'EntryNotFound' });
    if (repository.gated === true && token !== GOOD_TOKEN)
      return refuse(response, token === undefined ? 401 : 403, { 'x-error-code': 'GatedRepo' });
    const entry = entryOf(bytes);
    const headers = { 'x-repo-commit': commit!, etag: `"${entry.etag}"` };
    if (verb === undefined) return this.send(request, response, entry, headers);
    if (!entry.isLarge)
      return response.writeHead(307, { ...headers, location: `/cache/${id}/${commit}/${file}` }).end();
    return response
      .writeHead(302, {
        ...headers,
        'x-linked-etag': `"${entry.etag}"`,
        'x-linked-size': String(bytes.length),
        location: `http://localhost:${portOf(this.cdn)}/${id}/${commit}/${file}?Signature=secret`,
      })
      .end();
  }

  private api(
    response: http.ServerResponse,
    id: string,
    repository: ServedRepository,
    rest: string,
    url: URL,
  ): unknown {
    const json = (value: unknown, headers: http.OutgoingHttpHeaders = {}) =>
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (rest === 'discussions') return json({ discussions: repository.discussions ?? [] });
    const named = /^revision\/(.+)$/.exec(rest)?.[1];
    if (named !== undefined) {
      if (repository.revisions[named] === undefined)
        return refuse(response, 404, { 'x-error-code': 'RevisionNotFound' });
      const gated = repository.gated === true ? 'auto' : false;
      return json({ _id: '1', id, private: false, gated, sha: this.commit(id, named) });
    }
    const [, commit, folder] = /^tree\/([0-9a-f]{40})(?:\/(.+))?$/.exec(rest) ?? [];
    const revision = Object.keys(repository.revisions).find(each => this.commit(id, each) === commit);
    const files = repository.revisions[revision ?? ''];
    if (files === undefined) return refuse(response, 404, { 'x-error-code': 'RevisionNotFound' });
    const inFolder = folder === undefined ? '' : `${folder}/`;
    const entries = [...files]
      .filter(([name]) => name.startsWith(inFolder))
      .map(([name, bytes]) => {
        const { etag, isLarge } = entryOf(bytes);
        if (name.slice(inFolder.length).includes('/'))
          return { type: 'directory', path: path.posix.dirname(name) };
        const lfs = isLarge ? { lfs: { oid: etag, size: bytes.length, pointerSize: 134 } } : {};
        return {
          type: 'file',
          path: name,
          size: bytes.length,
          oid: isLarge ? gitHash(Buffer.from(etag)) : etag,
          ...lfs,
        };
      });
    const page = Number(url.searchParams.get('page') ?? 0);
    const next = new URL(url.pathname, this.endpoint);
    next.searchParams.set('page', String(page + 1));
    const more = entries.length > (page + 1) * PAGE ? { link: `<${next.href}>; rel="next"` } : {};
    return json(entries.slice(page * PAGE, (page + 1) * PAGE), more);
  }

  private answerCdn(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = this.note('cdn', request);
    const [, id, commit, file] = /^\/([^/]+\/[^/]+)\/([0-9a-f]{40})\/(.+)$/.exec(url.pathname)!;
    const repository = this.repositories.get(id!)!;
    const revision = Object.keys(repository.revisions).find(each => this.commit(id!, each) === commit)!;
    this.send(request, response, entryOf(repository.revisions[revision]!.get(file!)!), {});
  }

  private async send(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { bytes, isLarge }: Entry,
    headers: http.OutgoingHttpHeaders,
  ): Promise<void> {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const asked = range === null || (isLarge && this.ignoresRanges) ? null : range;
    const from = asked === null ? 0 : Number(asked[1]);
    const to =
      asked === null || asked[2] === '' ? bytes.length : Math.min(bytes.length, Number(asked[2]) + 1);
    response.writeHead(asked === null ? 200 : 206, {
      ...headers,
      'content-length': to - from,
      ...(asked === null ? {} : { 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` }),
    });
    const content = Buffer.from(bytes.subarray(from, to));
    // What a model begins with is asked for first; other bytes come where only a hash tells.
    if (this.corrupts !== '' && request.url?.includes(this.corrupts) === true)
      content[content.length - 1]! ^= 0xff;
    const until = isLarge ? Math.min(content.length, this.dropAfter) : content.length;
    for (let at = 0; at < until; ) {
      if (isLarge && from + at >= this.held && to - from > this.held)
        await new Promise<void>(resolve => {
          this.waiting.push(resolve);
          response.on('close', resolve);
        });
      if (response.destroyed) return;
      const end = Math.min(until, at + 65_536, from + at < this.held ? this.held - from : until);
      await new Promise(resolve => response.write(content.subarray(at, end), resolve));
      at = end;
    }
    if (until < content.length) response.destroy();
    else response.end();
  }
}

/** The files below a folder, by their paths in it. */
export function filesOf(folder: string, under = ''): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const name of readdirSync(path.join(folder, under)).sort()) {
    const place = path.posix.join(under, name);
    if (statSync(path.join(folder, place)).isDirectory())
      for (const [inner, bytes] of filesOf(folder, place)) files.set(inner, bytes);
    else files.set(place, readFileSync(path.join(folder, place)));
  }
  return files;
}

function entryOf(bytes: Buffer): Entry {
  const isLarge = bytes.length > LARGE_BYTES;
  const etag = isLarge ? createHash('sha256').update(bytes).digest('hex') : gitHash(bytes);
  return { bytes, etag, isLarge };
}

const gitHash = (bytes: Buffer) =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

function refuse(response: http.ServerResponse, status: number, headers: http.OutgoingHttpHeaders): void {
  response.writeHead(status, headers).end(JSON.stringify({ error: 'refused' }));
}

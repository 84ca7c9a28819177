import { setTimeout as sleep } from 'node:timers/promises';
import { getProxyForUrl } from 'proxy-from-env';
import { Agent, type Dispatcher, fetch, type Headers, ProxyAgent, type Response } from 'undici';
import { systemCode } from '../../../files/disk/file-error';
import { CoopError } from '../../../shared/errors';
import { VERSION } from '../../version';
import { hubRefusal } from './hub-refusal';
import type { HubSettings } from './hub-settings';

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** A host that says nothing for this long is taken for gone. */
const SILENCE_MS = 30_000;
/** Before a request is sent again, in milliseconds: after answers 5xx and connections that broke. */
const WAITS_MS = [500, 1500, 4000];
/** A longer wait is for the user to decide on. */
const MAX_RETRY_AFTER_S = 60;
/** Of descriptions, lists and configurations (CWE-770). */
const MAX_JSON_BYTES = 32 * 2 ** 20;

export interface HubRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** In the middle of a download a network that is gone may come back; at its beginning that is told at once. */
  readonly patient?: boolean;
}

/**
 * Requests about one model, to the hub and to the hosts it redirects to: through the proxy of the environment
 * (HTTPS_PROXY, NO_PROXY), with the token to the hub's own origin alone, tried again where that may help.
 */
export class HubClient {
  private readonly dispatchers = new Map<string, Dispatcher>();

  constructor(
    readonly settings: HubSettings,
    private readonly id: string,
  ) {}

  /** @throws CoopError `hub.denied`, `hub.missing`, `hub.unreachable`; the signal's reason */
  async get(url: URL, request: HubRequest = {}): Promise<Response> {
    for (let tries = 0; ; tries += 1) {
      const wait = WAITS_MS[tries];
      let response: Response;
      let host: string;
      try {
        ({ response, host } = await this.follow(url, request));
      } catch (thrown) {
        request.signal?.throwIfAborted();
        const why = thrown instanceof Unanswered ? thrown.cause : thrown;
        if (wait === undefined || !mayPass(why, request)) throw unreachable(thrown, url, this.id);
        await sleep(wait, undefined, { signal: request.signal });
        continue;
      }
      if (response.ok || response.status === 416) return response;
      await response.body?.cancel();
      const retryAfter = response.status === 429 ? secondsToWait(response) : null;
      const retryMs = response.status >= 500 ? wait : retryAfter === null ? undefined : retryAfter * 1000;
      if (wait === undefined || retryMs === undefined || retryMs > MAX_RETRY_AFTER_S * 1000)
        throw hubRefusal(
          {
            status: response.status,
            code: response.headers.get('x-error-code'),
            message: response.headers.get('x-error-message'),
            retryAfter,
            host,
          },
          this.id,
          this.settings,
        );
      await sleep(retryMs, undefined, { signal: request.signal });
    }
  }

  /** As `get`, for JSON. @throws CoopError `hub.unreachable` for anything else, as a network's log-in page is */
  async json(
    url: URL,
    request: HubRequest = {},
  ): Promise<{ readonly value: unknown; readonly headers: Headers }> {
    const { bytes, headers } = await this.beginning(url, MAX_JSON_BYTES + 1, request);
    try {
      if (bytes.length > MAX_JSON_BYTES) throw new Error(`it has more than ${MAX_JSON_BYTES} bytes`);
      return { value: JSON.parse(bytes.toString('utf8')), headers };
    } catch (thrown) {
      throw new CoopError(
        'hub.unreachable',
        `${url.host} answered something that is not the hub’s (${(thrown as Error).message}).`,
        { next: 'Check HF_ENDPOINT, and whether this network asks you to log in first.', cause: thrown },
      );
    }
  }

  /** The first bytes of an answer, all of it where it is shorter; the rest is not waited for. */
  async beginning(
    url: URL,
    bytes: number,
    request: HubRequest,
  ): Promise<{ readonly bytes: Buffer; readonly headers: Headers }> {
    const response = await this.get(url, request);
    const parts: Uint8Array[] = [];
    let have = 0;
    try {
      for await (const part of response.body ?? []) {
        parts.push(part as Uint8Array);
        have += (part as Uint8Array).length;
        if (have >= bytes) break;
      }
    } catch (thrown) {
      request.signal?.throwIfAborted();
      throw unreachable(new Unanswered(new URL(response.url), thrown), url, this.id);
    }
    return { bytes: Buffer.concat(parts).subarray(0, bytes), headers: response.headers };
  }

  async close(): Promise<void> {
    await Promise.all([...this.dispatchers.values()].map(each => each.destroy()));
  }

  private async follow(
    start: URL,
    { headers, signal }: HubRequest,
  ): Promise<{ readonly response: Response; readonly host: string }> {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await fetch(url, {
        dispatcher: this.dispatcherFor(url),
        redirect: 'manual',
        signal: signal ?? null,
        headers: { 'user-agent': `coop-vscode/${VERSION}`, ...headers, ...this.authorization(url) },
      }).catch(thrown => {
        throw new Unanswered(url, thrown);
      });
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return { response, host: url.host };
      await response.body?.cancel();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
      if (
        next === null ||
        !/^https?:$/.test(next.protocol) ||
        next.username !== '' ||
        next.password !== '' ||
        (url.protocol === 'https:' && next.protocol === 'http:')
      )
        throw new Error(`${url.host} redirects to a place that is not followed`);
      url = next;
    }
    throw new Error(`${start.host} redirects more than ${MAX_REDIRECTS} times`);
  }

  /** The token is for the hub: hosts it redirects to have addresses that are signed. It goes in clear to this machine only. */
  private authorization(url: URL): Readonly<Record<string, string>> {
    const { endpoint, token } = this.settings;
    const secure = url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    return token !== null && secure && url.origin === endpoint.origin
      ? { authorization: `Bearer ${token.secret}` }
      : {};
  }

  private dispatcherFor(url: URL): Dispatcher {
    const proxy = proxyOf(url);
    const known = this.dispatchers.get(proxy);
    if (known !== undefined) return known;
    const timeouts = { headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS };
    const made = proxy === '' ? new Agent(timeouts) : proxyAgent(proxy, timeouts);
    this.dispatchers.set(proxy, made);
    return made;
  }
}

/** The host that did not answer: one that the hub redirects to is another, which a network may not let through. */
export class Unanswered extends Error {
  constructor(
    readonly url: URL,
    override readonly cause: unknown,
  ) {
    super(`${url.host} did not answer`);
  }
}

function proxyAgent(proxy: string, timeouts: Agent.Options): ProxyAgent {
  if (/^https?:\/\//.test(proxy)) return new ProxyAgent({ uri: proxy, ...timeouts });
  throw new CoopError('hub.unreachable', 'The proxy of the environment (HTTPS_PROXY) is not one of HTTP.', {
    next: 'Name a proxy as “http://host:port”, or unset it.',
  });
}

/** '' for none. One that is written without a scheme is a plain one, whatever is fetched through it. */
function proxyOf(url: URL): string {
  const proxy = getProxyForUrl(url.href);
  const { env } = process;
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  const written = env[name] || env[name.toUpperCase()] || env['all_proxy'] || env['ALL_PROXY'] || '';
  return proxy !== '' && !written.includes('://') ? `http://${written}` : proxy;
}

/** Seconds of Retry-After, as a number or a date, or of the draft's RateLimit header, which the hub sends; null without. */
function secondsToWait({ headers }: Response): number | null {
  const after = headers.get('retry-after') ?? /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  if (after == null) return null;
  const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

function mayPass(thrown: unknown, { patient = false }: HubRequest): boolean {
  const code = networkCode(thrown);
  if (code === undefined) return false;
  return patient
    ? /^(E[A-Z]+|EAI_AGAIN|UND_ERR_.*)$/.test(code)
    : /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code);
}

/** undici wraps what the system said. */
function networkCode(thrown: unknown): string | undefined {
  return systemCode(thrown) ?? (thrown instanceof Error ? systemCode(thrown.cause) : undefined);
}

/** @param url what was asked for */
export function unreachable(thrown: unknown, url: URL, id: string): CoopError {
  if (thrown instanceof Unanswered) return unreachable(thrown.cause, thrown.url, id);
  if (thrown instanceof CoopError) return thrown;
  const { host } = url;
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: 'there is no such host, or no network',
    EAI_AGAIN: 'there is no such host, or no network',
    ECONNREFUSED: 'nobody listens there',
    ECONNRESET: 'the connection broke',
    UND_ERR_SOCKET: 'the connection broke',
    UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
    UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
    UND_ERR_BODY_TIMEOUT: 'it sends nothing any more',
  };
  const code = networkCode(thrown);
  const why = (code && words[code]) || (cause instanceof Error ? cause.message : String(cause));
  return new CoopError('hub.unreachable', `${host} cannot be reached for “${id}”: ${why}.`, {
    subject: id,
    next: 'Check the network and the proxy (HTTPS_PROXY). What was downloaded is kept, and the same command goes on from there.',
    cause: thrown,
  });
}

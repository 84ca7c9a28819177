interface VsCodeApi {
  postMessage(message: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension host, which owns all state: a view asks, and gets whole snapshots. */
export function connect<To, From>(receive: (message: To) => void): (message: From) => void {
  const api = acquireVsCodeApi();
  window.addEventListener('message', event => receive(event.data as To));
  return message => api.postMessage(message);
}

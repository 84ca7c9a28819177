interface VsCodeApi {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/**
 * The extension host, which owns all state: a view asks, and gets whole snapshots.
 * @param stateOf what VS Code keeps over a reload of the window, and hands to the host that then restores the view
 */
export function connect<To, From>(
  receive: (message: To) => void,
  stateOf: (message: To) => unknown = () => undefined,
): (message: From) => void {
  const api = acquireVsCodeApi();
  window.addEventListener('message', event => {
    const message = event.data as To;
    const state = stateOf(message);
    if (state !== undefined) api.setState(state);
    receive(message);
  });
  return message => api.postMessage(message);
}

import type { Memory } from './memory';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface Host<From> {
  readonly send: (message: From) => void;
  /** Kept by VS Code while the view is hidden and over a reload of the window. */
  readonly memory: Memory;
}

/** The extension host, which owns all state but what a person chose in the view: a view asks, and gets whole snapshots. */
export function connect<To, From>(receive: (message: To) => void): Host<From> {
  const api = acquireVsCodeApi();
  const kept = api.getState();
  let state: Readonly<Record<string, unknown>> = typeof kept === 'object' && kept !== null ? { ...kept } : {};
  window.addEventListener('message', event => receive(event.data as To));
  return {
    send: message => api.postMessage(message),
    memory: {
      get: name => state[name],
      set: (name, value) => {
        state = { ...state, [name]: value };
        api.setState(state);
      },
    },
  };
}

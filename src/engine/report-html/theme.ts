const LIGHT = {
  foreground: '#3b3b3b',
  'editor-background': '#ffffff',
  descriptionForeground: '#616161',
  disabledForeground: '#a0a0a0',
  'font-family': 'system-ui, sans-serif',
  'font-size': '14px',
  'editor-font-family': 'ui-monospace, monospace',
  'textBlockQuote-background': '#f3f3f3',
  'textCodeBlock-background': '#f3f3f3',
  'widget-border': '#d4d4d4',
  'list-inactiveSelectionBackground': '#e4e6f1',
  'editorWidget-background': '#f8f8f8',
  'button-background': '#005fb8',
  'button-foreground': '#ffffff',
  'button-secondaryBackground': '#e5e5e5',
  'button-secondaryForeground': '#3b3b3b',
  focusBorder: '#005fb8',
  'charts-green': '#388a34',
  'charts-red': '#c72e0f',
  'charts-yellow': '#b89500',
  'diffEditor-insertedTextBackground': '#9ccc2c55',
  'diffEditor-removedTextBackground': '#ff000026',
};

const DARK = {
  foreground: '#cccccc',
  'editor-background': '#1f1f1f',
  descriptionForeground: '#9d9d9d',
  disabledForeground: '#6f6f6f',
  'textBlockQuote-background': '#2b2b2b',
  'textCodeBlock-background': '#2b2b2b',
  'widget-border': '#454545',
  'list-inactiveSelectionBackground': '#37373d',
  'editorWidget-background': '#252526',
  'button-secondaryBackground': '#313131',
  'button-secondaryForeground': '#cccccc',
  'charts-green': '#89d185',
  'charts-red': '#f14c4c',
  'charts-yellow': '#cca700',
  'diffEditor-insertedTextBackground': '#9ccc2c33',
  'diffEditor-removedTextBackground': '#ff000033',
};

const rules = (colours: Readonly<Record<string, string>>) =>
  `:root{${Object.entries(colours)
    .map(([name, value]) => `--vscode-${name}:${value}`)
    .join(';')}}`;

/** The variables that VS Code gives its webviews, for a page outside it: light, or dark where the reader prefers it. */
export const THEME = `${rules(LIGHT)}@media(prefers-color-scheme:dark){${rules(DARK)}}`;

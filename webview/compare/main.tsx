import '../common/base.css';
import '../common/images.css';
import '../dashboard/dashboard.css';
import '../common/page.css';
import './compare.css';
import { render } from 'preact';
import type { FromCompare, ToCompare } from '../../src/shared/contracts/webview';
import { connect } from '../common/host';
import { MemoryContext } from '../common/memory';
import { Compare } from './compare';

const root = document.getElementById('root') as HTMLElement;
let shown: Extract<ToCompare, { type: 'comparison' }> | undefined;
let thumbnails: Readonly<Record<string, string | null>> = {};
const { send, memory } = connect<ToCompare, FromCompare>(message => {
  if (message.type === 'thumbnails') thumbnails = { ...thumbnails, ...message.uris };
  else shown = message;
  if (shown === undefined) return;
  render(
    <MemoryContext.Provider value={memory}>
      <Compare comparison={shown} thumbnails={thumbnails} send={send} />
    </MemoryContext.Provider>,
    root,
  );
});
render(<p class="note">Comparing…</p>, root);
send({ type: 'ready' });

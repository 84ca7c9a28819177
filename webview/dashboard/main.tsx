import '../common/base.css';
import './dashboard.css';
import { render } from 'preact';
import type { FromDashboard, ToDashboard } from '../../src/shared/contracts/webview';
import { connect } from '../common/host';
import { MemoryContext } from '../common/memory';
import { Dashboard } from './dashboard';

const root = document.getElementById('root') as HTMLElement;
const { send, memory } = connect<ToDashboard, FromDashboard>(({ runs }) =>
  render(
    <MemoryContext.Provider value={memory}>
      <Dashboard runs={runs} send={send} />
    </MemoryContext.Provider>,
    root,
  ),
);
render(<p class="note">Looking for runs…</p>, root);
send({ type: 'ready' });

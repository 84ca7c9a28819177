import '../common/base.css';
import '../common/page.css';
import './experiment.css';
import { render } from 'preact';
import type { FromExperiment, ToExperiment } from '../../src/shared/contracts/webview';
import { connect } from '../common/host';
import { MemoryContext } from '../common/memory';
import { ExperimentPage } from './experiment';

const root = document.getElementById('root') as HTMLElement;
const { send, memory } = connect<ToExperiment, FromExperiment>(shown => {
  // Handed to the host that restores the panel after a reload.
  memory.set('file', shown.file);
  render(
    <MemoryContext.Provider value={memory}>
      <ExperimentPage shown={shown} send={send} />
    </MemoryContext.Provider>,
    root,
  );
});
render(<p class="note">Reading the results…</p>, root);
send({ type: 'ready' });

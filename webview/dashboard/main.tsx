import './dashboard.css';
import { render } from 'preact';
import type { FromDashboard, ToDashboard } from '../../src/shared/webview';
import { connect } from '../common/host';
import { Dashboard } from './dashboard';

const root = document.getElementById('root') as HTMLElement;
const send = connect<ToDashboard, FromDashboard>(message =>
  render(<Dashboard {...message} send={send} />, root),
);
send({ type: 'ready' });

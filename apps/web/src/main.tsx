import { render } from 'solid-js/web';
import './shell/base.css';
import './shared/style.css';
import { takeWord } from './desk/host.ts';
import { restoreSubject } from './desk/keep.ts';
import { App } from './shell/App.tsx';

takeWord();
const root = document.getElementById('lab');
if (root !== null) {
  const kept = await restoreSubject();
  render(() => <App kept={kept} />, root);
}

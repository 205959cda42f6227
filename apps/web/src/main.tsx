import { render } from 'solid-js/web';
import './shell/base.css';
import './shared/style.css';
import { restoreSubject } from './desk/keep.ts';
import { App } from './shell/App.tsx';

const root = document.getElementById('lab');
if (root !== null) {
  const kept = await restoreSubject();
  render(() => <App kept={kept} />, root);
}

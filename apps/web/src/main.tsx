import { render } from 'solid-js/web';
import './shell/base.css';
import './shared/style.css';
import { App } from './shell/App.tsx';

const root = document.getElementById('lab');
if (root !== null) render(() => <App />, root);

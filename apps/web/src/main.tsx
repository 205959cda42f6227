import { render } from 'solid-js/web';
import { App } from './App.tsx';
import './styles/base.css';
import './styles/sections.css';
import './styles/controls.css';
import './styles/tabs.css';
import './styles/map.css';
import './styles/timeline.css';
import './styles/proof.css';
import './styles/narrow.css';

const root = document.getElementById('lab');
if (root !== null) render(() => <App />, root);

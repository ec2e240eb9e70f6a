// main.tsx - where the app begins.
// SPDX-License-Identifier: MIT
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/forms.css';
import './styles/charts.css';
import { render } from 'preact';
import { App } from './shell/app';

const root = document.getElementById('app');
if (root) render(<App />, root);

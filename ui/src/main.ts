import '@fontsource-variable/inter/opsz.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/board.css';
import './styles/workspaces.css';
import { mount } from 'svelte';
import App from './lib/App.svelte';

mount(App, { target: document.getElementById('app')! });

import '@fontsource-variable/inter/opsz.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/board.css';
import './styles/workspaces.css';
import { mount } from 'svelte';
import App from './lib/App.svelte';
import { speak } from './strings/language.svelte.ts';

// The system's, until the settings are there.
speak('');
mount(App, { target: document.getElementById('app')! });

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The page is served from the root of one origin, in the desktop window and by `mutoscope serve` alike. While developing,
// `MUTOSCOPE_API` names a running `mutoscope serve`.
const api = process.env.MUTOSCOPE_API ?? 'http://127.0.0.1:7431';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: ['es2022', 'safari16'],
    // A font or picture inside the style sheet would need `data:` in the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: api, changeOrigin: true } } },
});

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type ProxyOptions } from 'vite';

/**
 * `npm run dev` beside a running program: MUTOSCOPE_API is the whole address that `mutoscope serve` printed. Its ticket opens the
 * door once; the cookie that comes for it, and the program's own origin, then go with every request.
 */
async function proxy(): Promise<Record<string, ProxyOptions>> {
  const address = process.env.MUTOSCOPE_API;
  if (!address) return {};
  const { origin } = new URL(address);
  const opened = await fetch(address, { redirect: 'manual' });
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { '/api': { target: origin, changeOrigin: true, headers: { cookie, origin } } };
}

export default defineConfig(async ({ command }) => ({
  plugins: [svelte()],
  build: {
    target: ['es2022', 'safari16'],
    // A font or picture inside the style sheet would need `data:` in the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: command === 'serve' ? await proxy() : {} },
}));

import { defineConfig } from 'vitest/config';

// The whole program in a real browser: needs MUTOSCOPE_BIN, and a Chromium (MUTOSCOPE_CHROMIUM, else /usr/bin/chromium).
export default defineConfig({
  test: { environment: 'node', include: ['e2e/**/*.test.ts'], fileParallelism: false, testTimeout: 240_000, hookTimeout: 120_000 },
});

/** Starts the program as a person would (`mutoscope serve`) in a home of its own, and a browser at the address it prints. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const require = createRequire(import.meta.url);
const ROOT = resolve(import.meta.dirname, '../..');
export const SCREENS = join(ROOT, 'target/screens');

export interface Studio {
  page: Page;
  home: string;
  /** What the page has complained about. */
  complaints: string[];
  close(): Promise<void>;
}

/** Stricter than the program's own policy: no inline styles either. */
const STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";
const TYPES: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', woff2: 'font/woff2', jpg: 'image/jpeg' };

function program(): string {
  const path = process.env.MUTOSCOPE_BIN;
  if (!path) throw new Error('MUTOSCOPE_BIN must be the path of the program, such as target/release/mutoscope');
  return resolve(ROOT, path);
}

function address(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    const read = (data: Buffer) => {
      said += data.toString();
      const found = said.match(/https?:\/\/\S+/);
      if (found) done(found[0]);
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.on('exit', (code) => fail(new Error(`the program ended with ${code}: ${said}`)));
  });
}

export async function start(): Promise<Studio> {
  const home = mkdtempSync(join(tmpdir(), 'mutoscope-e2e-'));
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data'), XDG_CACHE_HOME: join(home, 'cache'), XDG_STATE_HOME: join(home, 'state') };
  const child = spawn(program(), ['serve', '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const url = await address(child);
  const browser: Browser = await chromium.launch({ executablePath: process.env.MUTOSCOPE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'] });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A picture may be asked for in the moment in which its shot is removed; in a browser there is no desktop to be found.
    const gone = /\/api\/(frame\?|desktop$)/.test(message.location().url) && message.text().includes('404');
    // A file that is no picture is brought on purpose.
    const refused = message.location().url.includes('/api/imports?') && message.text().includes('400');
    if (message.type() === 'error' && !gone && !refused) complaints.push(`${message.text()} ${message.location().url}`);
  });
  // With MUTOSCOPE_DIST the page comes from that folder rather than from the program, which then need not be built anew.
  const dist = process.env.MUTOSCOPE_DIST;
  await page.goto(url);
  if (dist) {
    await page.route(
      (asked) => !asked.pathname.startsWith('/api/'),
      (route) => {
        const name = new URL(route.request().url()).pathname;
        return route.fulfill({ path: join(resolve(ROOT, dist), name === '/' ? 'index.html' : name), headers: { 'content-security-policy': STRICT, 'content-type': TYPES[name.split('.').at(-1)!] ?? 'text/html' } });
      },
    );
    await page.reload();
  }
  mkdirSync(SCREENS, { recursive: true });
  return {
    page, home, complaints,
    async close() {
      await browser.close();
      child.kill('SIGINT');
      await new Promise((done) => {
        child.once('exit', done);
        setTimeout(() => { child.kill('SIGKILL'); done(null); }, 5000);
      });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function screen(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENS, `${name}.png`) });
}

/** What axe-core finds wrong with the page as it stands. */
export async function violations(page: Page): Promise<string[]> {
  // A policy without inline scripts holds for tests too, so the checker goes in through the debugger.
  const source = (await import('node:fs')).readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  const found = await page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(root: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> } }).axe;
    return (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })).violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary?.slice(0, 200) ?? ''}`).join(' | ')}`);
  });
  return found;
}

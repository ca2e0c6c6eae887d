import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { State } from '../src/api/types.ts';
import { screen, start, violations, type Studio } from './harness.ts';

const SCRIPT = 'Two giant woolly mammoths approach through a snowy meadow. A woman in a red coat looks back.\n\nAt dusk the herd walks away.';

let studio: Studio;
let page: Page;
const state = () => page.evaluate(async () => (await (await fetch('/api/state')).json()) as State);
const shots = async () => (await state()).board!.scenes.flatMap((scene) => scene.shots);
const cards = () => page.locator('.card');

beforeAll(async () => {
  studio = await start();
  page = studio.page;
});
afterAll(() => studio?.close());

describe('the studio, with the real engine', () => {
  it('begins with an empty frame to type into', async () => {
    await page.waitForSelector('#prompt');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('prompt');
    await expect.poll(() => page.locator('.ex em').first().textContent()).toContain('shot');
    await screen(page, '01-first-run');
    expect(await violations(page)).toEqual([]);
  });

  it('makes a storyboard of what is typed', async () => {
    await page.fill('#prompt', SCRIPT);
    const begun = Date.now();
    await page.keyboard.press('Enter');
    await cards().first().waitFor();
    expect(Date.now() - begun).toBeLessThan(3000);
    expect(await cards().count()).toBe((await shots()).length);
    await expect.poll(() => page.locator('.mirror .span').count()).toBeGreaterThan(4);
    await expect.poll(() => page.locator('.rail').count()).toBeGreaterThan(1);
    // Small and short, so that the rest of the test need not wait for a processor to draw it.
    await page.evaluate(async () => {
      const now = (await (await fetch('/api/state')).json()) as State;
      const patch = [
        { op: 'replace', path: '/format/width', value: 320 }, { op: 'replace', path: '/format/height', value: 180 }, { op: 'replace', path: '/format/fps', value: 12 },
        ...now.board!.scenes.flatMap((scene, s) => scene.shots.map((_, i) => ({ op: 'replace', path: `/scenes/${s}/shots/${i}/seconds`, value: 1 }))),
      ];
      await fetch('/api/edit', { method: 'POST', body: JSON.stringify({ revision: now.revision, label: 'Make it small', patch }) });
    });
    await expect.poll(() => page.locator('.top .fmt').textContent()).toContain('180p, 12 fps');
  });

  it('shows a picture of every shot', async () => {
    await expect.poll(() => page.locator('.card:has(img)').count(), { timeout: 120_000, interval: 500 }).toBe((await shots()).length);
    await expect.poll(() => page.locator('.viewer canvas').getAttribute('data-shown'), { timeout: 60_000 }).toBeTruthy();
    const lit = await page.locator('.viewer canvas').evaluate((canvas: HTMLCanvasElement) => {
      const data = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data;
      return data.filter((_, i) => i % 4 !== 3).reduce((a, b) => Math.max(a, b), 0);
    });
    expect(lit).toBeGreaterThan(60);
    await page.locator('.card').first().click();
    await page.keyboard.press('s');
    await page.keyboard.press('a');
    await screen(page, '02-board');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('s');
    for (let n = 0; n < 4; n++) await page.keyboard.press('a');
  });

  it('changes a field, marks it as edited, and takes it back', async () => {
    await page.getByRole('button', { name: /^Angle:/ }).click();
    await screen(page, '03-field');
    await page.getByRole('option', { name: 'High', exact: true }).click();
    await expect.poll(async () => (await shots())[0]!.camera.angle).toBe('high');
    expect((await shots())[0]!.camera.sources?.angle).toBe('edited');
    await expect.poll(() => page.locator('.row:has-text("Angle") .src.e').count()).toBe(1);
    await page.locator('.card').first().focus();
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await shots())[0]!.camera.angle).not.toBe('high');
    await page.keyboard.press('Control+Shift+Z');
    await expect.poll(async () => (await shots())[0]!.camera.angle).toBe('high');
  });

  it('adds, divides, duplicates, moves and removes shots by keys', async () => {
    const before = (await shots()).map((one) => one.id);
    await page.locator('.card').first().click();
    await page.keyboard.press('n');
    await expect.poll(async () => (await shots()).length).toBe(before.length + 1);
    await expect.poll(() => page.locator('.card.sel').getAttribute('data-shot')).toBe((await shots())[1]!.id);
    await page.keyboard.press('Delete');
    await expect.poll(async () => (await shots()).map((one) => one.id)).toEqual(before);
    await page.locator('.card').first().click();
    await page.keyboard.press('Home');
    for (let n = 0; n < 6; n++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('d');
    await expect.poll(async () => (await shots()).length).toBe(before.length + 1);
    await page.keyboard.press('Alt+ArrowRight');
    await page.keyboard.press('Control+d');
    await expect.poll(async () => (await shots()).length).toBe(before.length + 2);
    for (let n = 0; n < 8 && (await state()).project!.undo !== 'Make it small' && (await shots()).length > before.length; n++) {
      await page.keyboard.press('Control+z');
      await page.waitForTimeout(150);
    }
    await expect.poll(async () => (await shots()).map((one) => one.id)).toEqual(before);
  });

  it('trims by dragging an edge and moves by dragging a card', async () => {
    const first = (await shots())[0]!;
    const edge = await page.locator(`[data-shot="${first.id}"] .trim.r`).boundingBox();
    await page.mouse.move(edge!.x + 3, edge!.y + 40);
    await page.mouse.down();
    await page.mouse.move(edge!.x + 83, edge!.y + 40, { steps: 6 });
    await page.mouse.up();
    await expect.poll(async () => (await shots())[0]!.seconds).toBeGreaterThan(first.seconds);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await shots())[0]!.seconds).toBe(first.seconds);
    const from = await cards().nth(0).boundingBox();
    const to = await cards().nth(1).boundingBox();
    await page.mouse.move(from!.x + from!.width / 2, from!.y + 50);
    await page.mouse.down();
    await page.mouse.move(to!.x + to!.width - 6, to!.y + 50, { steps: 8 });
    await page.mouse.up();
    await expect.poll(async () => (await shots())[1]!.id).toBe(first.id);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await shots())[0]!.id).toBe(first.id);
  });

  it('moves a character and the camera by dragging in the viewer, and takes it back', async () => {
    await page.locator('.card').first().click();
    await page.keyboard.press('Home');
    const canvas = page.locator('.viewer .pic > canvas');
    const pixels = () => canvas.evaluate((one: HTMLCanvasElement) => {
      const data = one.getContext('2d', { willReadFrequently: true })!.getImageData(0, 0, one.width, one.height).data;
      // In blocks, so that two encodings of the same picture are alike.
      return Array.from({ length: 64 }, (_, i) => {
        const [x, y] = [Math.floor((i % 8) * one.width / 8), Math.floor(Math.floor(i / 8) * one.height / 8)];
        let sum = 0;
        for (let dy = 0; dy < one.height >> 3; dy++) for (let dx = 0; dx < one.width >> 3; dx++) sum += data[((y + dy) * one.width + x + dx) * 4 + 1]!;
        return sum / ((one.width >> 3) * (one.height >> 3));
      });
    });
    const apart = (a: number[], b: number[]) => Math.max(...a.map((one, i) => Math.abs(one - b[i]!)));
    const settled = async () => {
      let last = await pixels();
      await expect.poll(async () => { await page.waitForTimeout(900); const now = await pixels(); const moved = apart(now, last); last = now; return moved; }, { timeout: 30_000 }).toBeLessThan(0.5);
      return last;
    };
    // What was seen before stays until the first frame of the first shot is there.
    const first = (await shots())[0]!.id;
    await expect.poll(() => canvas.getAttribute('data-shown'), { timeout: 60_000 }).toMatch(new RegExp(`^${first}/.*/0$`));
    const before = await settled();
    const document = JSON.stringify(await shots());
    const step = (await state()).project!.undo;
    await page.keyboard.press('b');
    const box = page.locator('.abox').last();
    await box.waitFor({ timeout: 30_000 });
    await box.hover();
    await screen(page, '03b-arrange');
    expect(await violations(page)).toEqual([]);

    const at = (await box.boundingBox())!;
    const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];
    const said = await canvas.getAttribute('data-shown');
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 60, y, { steps: 4 });
    await expect.poll(() => canvas.getAttribute('data-shown'), { interval: 10, timeout: 30_000 }).not.toBe(said);
    // However long the hand rests, it is one step of undo.
    await page.waitForTimeout(1700);
    await page.mouse.move(x + 110, y, { steps: 4 });
    await screen(page, '03c-dragging');
    await page.mouse.up();
    await expect.poll(async () => (await shots())[0]!.blocking?.[0]?.right_m ?? 0).not.toBe(0);
    expect((await shots())[0]!.sources?.blocking).toBe('edited');
    await expect.poll(async () => apart(await settled(), before), { timeout: 30_000 }).toBeGreaterThan(4);
    await page.locator('.mark-of').waitFor();
    await screen(page, '03d-moved');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => JSON.stringify(await shots())).toBe(document);
    expect((await state()).project!.undo).toBe(step);
    await expect.poll(async () => apart(await settled(), before), { timeout: 30_000 }).toBeLessThan(2);

    // Elsewhere the camera goes round; where nobody stands is a matter of the picture, so Control says that it is meant.
    const area = (await page.locator('.arrange').boundingBox())!;
    await page.keyboard.down('Control');
    await page.mouse.move(area.x + area.width * 0.7, area.y + 40);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.45, area.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.keyboard.up('Control');
    await expect.poll(async () => (await shots())[0]!.camera.hand?.orbit_deg).toBeCloseTo(45, 0);
    await expect.poll(async () => apart(await settled(), before), { timeout: 30_000 }).toBeGreaterThan(4);
    await screen(page, '03e-orbit');
    await page.locator('.acam').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(async () => (await shots())[0]!.camera.hand?.orbit_deg).toBeCloseTo(50, 0);
    await page.getByRole('button', { name: 'Put camera and cast back' }).click();
    await expect.poll(async () => JSON.stringify(await shots())).toBe(document);
    await expect.poll(async () => apart(await settled(), before), { timeout: 30_000 }).toBeLessThan(2);
    await page.keyboard.press('b');
    await expect.poll(() => page.locator('.arrange').count()).toBe(0);
  });

  it('plays, and stops where it is told', async () => {
    await page.locator('.card').first().click();
    await page.keyboard.press('Home');
    await page.keyboard.press(' ');
    await expect.poll(() => page.locator('.tcode output').textContent(), { timeout: 10_000 }).not.toBe('00:00:00:00');
    await page.keyboard.press('k');
    const stopped = await page.locator('.tcode output').textContent();
    await page.waitForTimeout(300);
    expect(await page.locator('.tcode output').textContent()).toBe(stopped);
    await page.keyboard.press('l');
    await page.keyboard.press('l');
    await expect.poll(() => page.locator('.rate').textContent()).toBe('2×');
    await page.keyboard.press('k');
  });

  it('lets letters rest while the script is typed, and plans anew', async () => {
    const count = (await shots()).length;
    await page.keyboard.press('/');
    await page.keyboard.press('End');
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' A dog runs nearby.');
    await expect.poll(() => page.locator('.sfoot').textContent()).toContain(`${count + 1} shots`);
    await screen(page, '04-typing');
    await page.keyboard.press('Control+Enter');
    await expect.poll(async () => (await shots()).length).toBe(count + 1);
    expect((await shots())[0]!.camera.angle, 'what was edited stays').toBe('high');
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
  });

  it('renders a draft take, with the queue beside it', async () => {
    await page.locator('.card').first().click();
    await page.keyboard.press('q');
    await page.getByRole('button', { name: 'Render all changed' }).click();
    await page.locator('.job').first().waitFor();
    await screen(page, '05-rendering');
    expect(await violations(page)).toEqual([]);
    await expect.poll(async () => (await state()).jobs.every((job) => job.state === 'done'), { timeout: 200_000, interval: 1000 }).toBe(true);
    await page.keyboard.press('q');
    await expect.poll(() => page.locator('.take').count()).toBe(1);
    await screen(page, '06-take');
    await page.keyboard.press('w');
    await page.locator('.wipe').waitFor();
    await page.waitForTimeout(1500);
    await screen(page, '07-wipe');
    await page.keyboard.press('w');
  });

  it('exports the film to a file', async () => {
    await page.keyboard.press('Control+e');
    await page.locator('.exp').waitFor();
    await expect.poll(() => page.locator('.path').textContent()).toContain('.mp4');
    await screen(page, '08-export');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const path = join(studio.home, 'film.mp4');
    await page.locator('.exp input').fill(path);
    await page.locator('.exp input').press('Enter');
    await page.getByRole('button', { name: 'Export film' }).click();
    await page.getByText('Written.').waitFor({ timeout: 200_000 });
    expect(existsSync(path)).toBe(true);
    expect(statSync(path).size).toBeGreaterThan(10_000);
    const told = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', path]).toString()) as { streams: { codec_type: string; width?: number; height?: number }[] };
    expect(told.streams.find((one) => one.codec_type === 'video')).toMatchObject({ width: 320, height: 180 });
    await page.getByRole('button', { name: 'Close' }).click();
  });

  it('shows a picture of one\'s own in a shot, and gives the shot back to the stage', async () => {
    const last = (await shots()).at(-1)!;
    await page.locator(`[data-shot="${last.id}"]`).click();
    // 64 x 64 of one blue, as everybody's image program writes it at its plainest.
    const blue = Buffer.concat([Buffer.from('P6 64 64 255\n'), Buffer.alloc(64 * 64 * 3, Buffer.from([20, 40, 220]))]);
    await page.setInputFiles('input[type=file][accept*=video]', { name: 'Blue sky.ppm', mimeType: 'image/x-portable-pixmap', buffer: blue });
    await expect.poll(async () => (await shots()).at(-1)!.footage?.file).toMatch(/^blue-sky-[0-9a-f]{12}\.ppm$/);
    const middle = () => page.locator('.viewer canvas').first().evaluate((canvas: HTMLCanvasElement) => [...canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data]);
    await expect.poll(async () => (await middle())[2]! - (await middle())[0]!, { timeout: 30_000 }).toBeGreaterThan(150);
    await screen(page, '16-footage');
    expect(await violations(page)).toEqual([]);
    // What is none is refused with what to bring, and changes nothing.
    await page.setInputFiles('input[type=file][accept*=video]', { name: 'letter.png', mimeType: 'image/png', buffer: Buffer.from('Dear film,') });
    await page.getByText('letter.png cannot be used').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).first().click();
    await page.locator('.insp').getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(async () => (await shots()).at(-1)!.renderer).toBe('stage');
  });

  it('shows the other workspaces, and axe finds nothing there', async () => {
    for (const [key, name, wait] of [['2', '09-cast', '.cyc'], ['3', '10-look', '.lstrip'], ['4', '11-models', '.mt']] as const) {
      await page.keyboard.press(`Control+${key}`);
      await page.locator(wait).first().waitFor();
      await page.waitForTimeout(2500);
      await screen(page, name);
      expect(await violations(page), name).toEqual([]);
    }
    await page.getByRole('button', { name: /^Get Wan/ }).first().click();
    await page.getByText('TERMS AND CONDITIONS').waitFor();
    await screen(page, '17-licence');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+1');
    await page.keyboard.press('?');
    await page.locator('.keys').waitFor();
    await screen(page, '12-keys');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.locator('.palette-dlg').waitFor();
    await page.keyboard.type('safe');
    await screen(page, '13-commands');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.guides').count()).toBe(1);
  });

  it('works in a small window, and at 200 % zoom', async () => {
    await page.setViewportSize({ width: 1024, height: 680 });
    await page.waitForTimeout(300);
    await screen(page, '14-small');
    await page.setViewportSize({ width: 720, height: 450 });
    await page.waitForTimeout(300);
    await screen(page, '15-zoomed');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('has complained of nothing', () => expect(studio.complaints).toEqual([]));
});

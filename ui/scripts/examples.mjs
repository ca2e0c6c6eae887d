// Draws the pictures of the first screen anew: one frame of each example in src/assets/examples/examples.json, by the stage
// itself. MUTOSCOPE_BIN is the program (target/release/mutoscope); names after the command draw only those. Look at each
// picture before you commit it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const folder = join(import.meta.dirname, '../src/assets/examples');
const program = resolve(process.env.MUTOSCOPE_BIN ?? join(import.meta.dirname, '../../target/release/mutoscope'));
const work = mkdtempSync(join(tmpdir(), 'mutoscope-examples-'));
const only = process.argv.slice(2);
const MOST_BYTES = 40_000;

for (const { picture, text, shot, at } of JSON.parse(readFileSync(join(folder, 'examples.json'), 'utf8'))) {
  if (only.length && !only.includes(picture)) continue;
  const board = execFileSync(program, ['plan', text, '--size', '640x360'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const { format, scenes } = JSON.parse(board);
  const lengths = scenes.flatMap((scene) => scene.shots).map((one) => Math.round(one.seconds * format.fps));
  const frame = lengths.slice(0, shot).reduce((sum, n) => sum + n, 0) + Math.floor(lengths[shot] * at);
  const input = join(work, `${picture}.json`);
  writeFileSync(input, board);
  const frames = join(work, picture);
  execFileSync(program, ['-q', 'render', input, '-o', `${frames}/`, '--quality', 'best', '--frames', `${frame}..${frame + 1}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  const target = join(folder, `${picture}.jpg`);
  // The best quality that is small enough.
  for (let scale = 2; ; scale++) {
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', join(frames, '000001.png'), '-q:v', String(scale), '-bitexact', target]);
    if (statSync(target).size <= MOST_BYTES) break;
  }
  console.log(`${picture}.jpg: frame ${frame}, ${statSync(target).size} bytes`);
}
rmSync(work, { recursive: true, force: true });

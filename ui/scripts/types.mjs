// Writes src/api/schema.ts from src/api/schema.json, which the tests of crates/server write. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const at = (name) => join(import.meta.dirname, '../src/api', name);

export async function generated() {
  const schema = JSON.parse(readFileSync(at('schema.json'), 'utf8'));
  return compile(schema, 'Api', {
    bannerComment: '/** The shapes of the API, from the program itself. Made by `npm run types`; do not edit. */',
    additionalProperties: false,
    format: false,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await generated();
  if (!process.argv.includes('--check')) writeFileSync(at('schema.ts'), text);
  else if (text !== readFileSync(at('schema.ts'), 'utf8')) {
    console.error('src/api/schema.ts is old: run `npm run types`');
    process.exitCode = 1;
  }
}

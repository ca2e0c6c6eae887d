/** Texts of the page. Another language is another file of the same keys, with a row in `TABLES` and in `language.svelte.ts`. */
import { de } from './de.ts';
import { en } from './en.ts';
import { language, type Language } from './language.svelte.ts';

export type TextKey = keyof typeof en;
/** A language: a text for every key of English, and for no other. */
export type Texts = Record<TextKey, string>;
type Values = Record<string, string | number>;

const TABLES: Record<Language, Texts> = { en, de };

/** The text for `key`, with `{name}` replaced by the values. A key that does not exist is an error of the build. */
export function t(key: TextKey, values: Values = {}): string {
  return TABLES[language.code][key].replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

const plurals: Partial<Record<Language, Intl.PluralRules>> = {};

/** The text for `key.one` or `key.other`, by number. */
export function tn(key: string, n: number, values: Values = {}): string {
  const rules = (plurals[language.code] ??= new Intl.PluralRules(language.code));
  const form = rules.select(n) === 'one' ? 'one' : 'other';
  return t(`${key}.${form}` as TextKey, { n, ...values });
}

/** The text for a key made from a value of the document, or `otherwise` when the table has none. */
export function tv(prefix: string, value: string, otherwise: string): string {
  const key = `${prefix}.${value}`;
  return key in en ? t(key as TextKey) : otherwise;
}

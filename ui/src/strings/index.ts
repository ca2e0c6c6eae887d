/** Texts of the page. Another language is another file of the same keys. */
import { en } from './en.ts';

export type TextKey = keyof typeof en;
type Values = Record<string, string | number>;

/** The text for `key`, with `{name}` replaced by the values. A key that does not exist is an error of the build. */
export function t(key: TextKey, values: Values = {}): string {
  return en[key].replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** The text for `key.one` or `key.other`, by number. */
export function tn(key: string, n: number, values: Values = {}): string {
  const one = `${key}.one` as TextKey;
  const other = `${key}.other` as TextKey;
  return t(new Intl.PluralRules('en').select(n) === 'one' ? one : other, { n, ...values });
}

/** The text for a key made from a value of the document, or `otherwise` when the table has none. */
export function tv(prefix: string, value: string, otherwise: string): string {
  const key = `${prefix}.${value}`;
  return key in en ? en[key as TextKey] : otherwise;
}

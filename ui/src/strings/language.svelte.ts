/** The language of the page. What the program says itself (names of shots, errors, notes) is English. */
const known = ['en', 'de'] as const;
export type Language = (typeof known)[number];

/** Each language in its own words. */
export const LANGUAGES: Record<Language, string> = { en: 'English', de: 'Deutsch' };

class Chosen {
  code = $state<Language>('en');
}
export const language = new Chosen();

/** The first of the system's languages that there is; English where there is none. */
export function systemLanguage(wanted: readonly string[] = navigator.languages ?? []): Language {
  return wanted.map((one) => known.find((code) => one.toLowerCase().startsWith(code))).find(Boolean) ?? 'en';
}

/** Takes the language of the settings; an empty or unknown one stands for the system's. */
export function speak(code: string): void {
  language.code = known.find((one) => one === code) ?? systemLanguage();
  document.documentElement.lang = language.code;
}

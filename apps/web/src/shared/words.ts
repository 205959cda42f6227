/** An error in words: what it is, and what to do, as far as that is known. */
export interface Words {
  readonly code: string;
  readonly message: string;
  /** Empty where nothing is advised. */
  readonly hint: string;
}

/** What browsers say of a script that is asked for when it is needed, and does not come. */
const NOT_LOADED = /dynamically imported module|importing a module script failed|unable to preload css/i;

/** What a page says whose server is gone. */
export const notLoaded: Words = {
  code: 'EIO',
  message: 'a part of the lab did not load',
  hint: 'see whether its server still answers, and try again, or load the page again then; what lies on the desk stays',
};

/** Takes code, message and hint from whatever was thrown; the packages' errors have all three. */
export function wordsOf(error: unknown): Words {
  if (!(error instanceof Error)) return { code: 'EIO', message: String(error), hint: '' };
  if (NOT_LOADED.test(error.message)) return notLoaded;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : '';
  return { code, message: error.message, hint };
}

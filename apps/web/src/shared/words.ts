/** An error in words: what it is, and what to do, as far as that is known. */
export interface Words {
  readonly code: string;
  readonly message: string;
  /** Empty where nothing is advised. */
  readonly hint: string;
}

/** Takes code, message and hint from whatever was thrown; the packages' errors have all three. */
export function wordsOf(error: unknown): Words {
  if (!(error instanceof Error)) return { code: 'EIO', message: String(error), hint: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : '';
  return { code, message: error.message, hint };
}

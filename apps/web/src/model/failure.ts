/** An error in words, as plain data. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Takes code, message and hint from whatever was thrown; the packages' errors have all three. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'EIO', message: String(error), hint: 'run it again' };
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : 'run it again';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { code, message: withoutHint(error.message, hint), hint };
}

/** The packages end a message with its hint, for logs; here it has a line of its own. */
function withoutHint(message: string, hint: string): string {
  const at = message.lastIndexOf(hint);
  if (at <= 0) return message;
  return message.slice(0, at).replace(/[\s;.(]+$/, '');
}

/** Characters of what somebody else said that an error shows. */
const SHOWN = 80;

/** A value that somebody else sent as JSON, as {@link said}; it may be nested more deeply than it can be written again. */
export function saidValue(value: unknown): string {
  try {
    return said(JSON.stringify(value) ?? '');
  } catch {
    return 'something nested too deeply to show';
  }
}

/** What somebody else said, on one line and not too long: nothing in it does anything to a terminal. */
export function said(text: string): string {
  if (text === '') return 'nothing';
  return JSON.stringify(text.slice(0, SHOWN)).replace(/\p{Cc}/gu, '?') + (text.length > SHOWN ? '…' : '');
}

/** Characters of what somebody else said that an error shows. */
const SHOWN = 80;

/** What somebody else said, on one line and not too long: nothing in it does anything to a terminal. */
export function said(text: string): string {
  if (text === '') return 'nothing';
  return JSON.stringify(text.slice(0, SHOWN)).replace(/\p{Cc}/gu, '?') + (text.length > SHOWN ? '…' : '');
}

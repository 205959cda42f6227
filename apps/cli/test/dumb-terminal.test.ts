import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { main } from './kexeckit.ts';
import { whyNoTerminal } from './terminal.ts';

/** What a terminal of this kind is sent. */
function sentTo(TERM: string): string {
  const command = `${process.execPath} ${main} reboot --strategy mmu-on`;
  return execFileSync('script', ['-qefc', command, '/dev/null'], { encoding: 'utf8', env: { ...process.env, TERM } });
}

test('a terminal that wipes no line is shown no status', ({ skip }) => {
  const why = whyNoTerminal();
  if (why !== undefined) skip(why);
  const wipes = '\u001b[K';
  expect(sentTo('xterm')).toContain(wipes);
  expect(sentTo('dumb')).not.toContain(wipes);
  expect(sentTo('dumb')).toContain('every byte equal');
});

import { betweenSystemCalls, type Entry, whyNoGuest, withScenario } from '@kexeckit/guests';
import { expect, test } from 'vitest';
import { nextFiles, SAYS } from './next-kernel.ts';

/** An emulated CPU rehearses for minutes what a real one does in a second: left out here, it is tested on the host. */
const REBOOT = [
  'kexeckit reboot --machine linux --strategy kernel --rehearse no --breadcrumbs --kernel /boot/Image --initrd /boot/initrd',
  '--append "console=ttyAMA0 guest_stage=2 panic=-1"',
].join(' ');

/** Changes a bit of the second segment in the very call that hands it to the kernel: behind every check of ours. */
const FLIP = betweenSystemCalls(`(view, call, number, args) => {
  if (number === 104 && args[1] > 2n) {
    const segment = new DataView(view(args[2], 64)).getBigUint64(32, true);
    new Uint8Array(view(segment, 4096))[1000] ^= 4;
  }
  return call(number, ...args);
}`);

test('a bit that is wrong is told on the console, and the next kernel is not entered', {
  timeout: 16 * 60_000,
}, async ({ skip }) => {
  const scenario = { kernel: '6.12', firmware: 'dt', level: 'EL1', has: ['kexeckit'] } as const;
  const why = whyNoGuest(scenario);
  if (why !== undefined) skip(why);
  const flip: Entry = { kind: 'file', path: 'flip.cjs', content: FLIP };
  const entries = [...(await nextFiles('6.12', SAYS)), flip];
  const stages = [[`NODE_OPTIONS='--require /flip.cjs' ${REBOOT}`]];
  await withScenario({ ...scenario, stages, entries, deadlineMs: 15 * 60_000 }, async (guest) => {
    // Entered, tables on; then verified, or what differs: the second segment.
    const { match } = await guest.waitFor(/km(v|!.)/);
    expect(match[0]).toBe('km!b');
  });
});

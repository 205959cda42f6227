import { expect, test } from 'vitest';
import type { Status } from '../commands/host/status.ts';
import { plainPage } from './page.ts';
import { statusView } from './slots.ts';

const loaded: Status = { next: true, crash: false, crashSize: 0n, holder: undefined };
const holder = { pid: 77, started: 5, boot: 'b', namespace: 'n', strategy: 'mmu-on', isAlive: true, isWhole: true };

test.each<[what: string, status: Status, last: string, problem: string | undefined, exitCode: number]>([
  ['nobody holds it', loaded, 'for a panic    nothing is loaded, 0.0 KiB reserved', undefined, 0],
  [
    'a holder that is well',
    { ...loaded, holder },
    'held by        process 77, for mmu-on; its pages are whole',
    undefined,
    0,
  ],
  [
    'a holder whose pages have changed',
    { ...loaded, holder: { ...holder, isWhole: false } },
    'held by        process 77, for mmu-on; its pages are CHANGED',
    undefined,
    0,
  ],
  [
    'a holder that has died',
    { ...loaded, next: false, holder: { ...holder, isAlive: false, isWhole: false } },
    'held by        process 77, for mmu-on; its pages are gone',
    'the process that held the image has died, and nothing is loaded',
    1,
  ],
  [
    'a holder that has died, and its image is still there',
    { ...loaded, holder: { ...holder, isAlive: false, isWhole: false } },
    'held by        process 77, for mmu-on; its pages are gone',
    'the process that held the image has died: kexeckit unload unloads it',
    1,
  ],
  [
    'a holder that only another namespace knows',
    { ...loaded, holder: { ...holder, isAlive: undefined, isWhole: undefined } },
    'held by        process 77, for mmu-on; its pages are not known',
    undefined,
    0,
  ],
])('%s', (_, status, last, problem, exitCode) => {
  expect(statusView.text(status, plainPage).trimEnd().split('\n').at(-1)).toBe(last);
  expect([statusView.problem?.(status), statusView.exitCode?.(status)]).toEqual([problem, exitCode]);
});

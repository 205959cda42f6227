import { expect, test } from 'vitest';
import { fitLogs } from './fit.ts';
import { timedRunsOf } from './timed-runs.ts';
import { reportLog } from './timeline.ts';

/** A log of one reboot whose shutdown takes so many milliseconds. */
const rebootOf = (millis: number): string => `
[   12.000000] kexeckit-mark 1 realtime=1.000000 checks=yes
[   12.${String(millis).padStart(3, '0')}000] Bye!
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    2.000000] Run /init as init process`;

test('prices are fitted to the rows of all logs together', () => {
  const logs = [rebootOf(100), rebootOf(300)].map((text, at) => timedRunsOf(reportLog(text), `log ${at}`));
  const { fitted, missing } = fitLogs(logs, { board: 'a board' });
  expect(fitted?.profile).toMatchObject({ name: 'measured', machine: 'a board', measured: '4 rows of 2 logs' });
  // By hand: the mean of what the two took.
  expect(fitted?.fit.prices.perShutdown?.seconds).toBeCloseTo(0.2, 6);
  expect(missing.length).toBeGreaterThan(0);
});

test('of logs without a row there is no profile, and what is missing is said', () => {
  const { fitted, missing } = fitLogs([timedRunsOf(reportLog('[    1.000000] eth0: link up\n'), 'log')]);
  expect(fitted).toBeUndefined();
  expect(missing.map(({ price }) => price)).not.toContain('perInstruction');
  expect(missing.length).toBeGreaterThan(1);
});

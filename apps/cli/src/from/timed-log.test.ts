import { reportLog } from '@kexeckit/evidence';
import { expect, test } from 'vitest';
import { TimedLog } from './timed-log.ts';

test('each line has the time at which it began', () => {
  let now = 1_790_000_000_000;
  const log = new TimedLog(() => now++);
  for (const piece of ['one\r\ntw', 'o\r\n', '', '\r', '\n', 'three']) log.push(piece);
  expect(log.text().split('\n')).toEqual([
    '1790000000.000000 one',
    '1790000000.000000 two',
    '1790000000.004000 ',
    '1790000000.005000 three',
  ]);
});

test('a report knows from it what no kernel has a clock for', () => {
  let now = 1_790_000_000_000;
  const log = new TimedLog(() => now);
  log.push('[   60.563604] kexec_core: Starting new kernel\n[   60.658130] Bye!\n');
  now += 4000;
  log.push('[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]\n');
  const [way] = reportLog(log.text()).passages;
  expect(way?.phases.find(({ phase }) => phase === 'relocation')).toMatchObject({ basis: 'measured', seconds: 4 });
});

test('what is kept has a bound', () => {
  const log = new TimedLog();
  const line = `${'x'.repeat(2 ** 20 - 1)}\n`;
  for (let at = 0; at < 40; at++) log.push(line);
  expect(log.text().length).toBeLessThan(2 ** 24 + 2 ** 21);
  expect(log.text().length).toBeGreaterThan(2 ** 23);
});

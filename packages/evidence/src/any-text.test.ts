import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { reportLast } from './last.ts';
import { type LogReport, reportLog } from './timeline.ts';

/** Parts that logs are made of, in any order: more of them meet what this package looks for than letters would. */
const PARTS = [
  '[    0.000000] ',
  '[  547.366319] ',
  '[    0.000000][    T1] ',
  '    0.000000] ',
  '<6>',
  '6,339,5140900,-;',
  '2026-11-28 10:00:00.5 ',
  '[2026-99-99 99:99:99] ',
  'Nov 31 25:61:61 host kernel: ',
  '23:59:59 ',
  'Booting Linux on physical CPU 0x0000000000 [0x410fd083]',
  'Linux version 6.1.0',
  'Run /init as init process',
  'kexec_core: Starting new kernel',
  'Starting crashdump kernel...',
  'Bye!',
  'kmvoj',
  'km!b',
  'kexeckit-mark 1 realtime=1.000000 checks=no',
  'Kernel panic - not syncing: x',
  'Unable to handle kernel paging request at virtual address 000000000fb3c000',
  '  ESR = 0xffffffffffffffff',
  '---[ end trace 0 ]---',
  'INFO: task a blocked for more than 122 seconds.',
  'U-Boot 2023.01',
  'psci: CPU1 killed',
  'kexec_load: entry = 0x40d666b0 flags = 0xb70000',
  'segment[15].mem = 0x1',
  'segment[15].memsz = 0x1',
  'segment[99].mem = 0x1',
  '\u001b[0m',
  '\u001b]0;',
  '\u001b',
  '\u0000',
  '\r',
  '\n',
  '\n',
  '\n',
];

const logs = fc.array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...PARTS) }, fc.string({ unit: 'binary' })), {
  maxLength: 60,
});

/** What holds for the report of any text. */
function checkReport(text: string): void {
  const { boots, passages, stops, lines }: LogReport = reportLog(text);
  expect(stops).toHaveLength(boots.length);
  let last = 0;
  for (const boot of boots) {
    expect(boot.first).toBeGreaterThanOrEqual(last);
    expect(boot.last).toBeGreaterThanOrEqual(boot.first);
    last = boot.last;
  }
  expect(boots.length).toBeLessThanOrEqual(lines);
  for (const passage of passages)
    for (const time of [...passage.phases, passage.total]) {
      if (time.basis === 'unknown') continue;
      expect(time.seconds).toBeGreaterThanOrEqual(0);
      const [from, to] = time.lines;
      if (from !== undefined && to !== undefined) expect(to).toBeGreaterThanOrEqual(from);
    }
}

describe('any text has a report, in which no time is negative and no boot is before the one before', () => {
  test('made of parts of logs', () => {
    fc.assert(
      fc.property(logs, (parts) => checkReport(parts.join(''))),
      { numRuns: 2000 },
    );
  });

  test('made of lines', () => {
    fc.assert(
      fc.property(logs, (parts) => checkReport(parts.join('\n'))),
      { numRuns: 1000 },
    );
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        checkReport(new TextDecoder().decode(bytes));
        checkReport(String.fromCharCode(...bytes));
      }),
    );
  });

  const starts = fc.constantFrom('kexec', 'panic', 'firmware', undefined);

  test('and so has a host, whatever its logs say', () => {
    fc.assert(
      fc.property(logs, logs, fc.maxSafeNat(), fc.maxSafeNat(), starts, (now, before, realtime, micros, startedBy) => {
        const mark = { realtime, boottime: 0, monotonic: 0, bootId: 'a', strategy: 'kernel', checks: true };
        const [kernelLog, previousLog] = [now.join('\n'), before.join('\n')];
        const { passage } = reportLast({
          kernelLog,
          previousLog,
          mark,
          bootedAt: { micros, plusMinus: 1 },
          bootId: 'b',
          startedBy,
        });
        for (const time of [...passage.phases, passage.total])
          if (time.basis === 'measured') expect(time.seconds).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the work grows with the length, and no faster', () => {
  afterEach(() => vi.restoreAllMocks());

  /** Characters that regular expressions were given to look at: all the work that is more than one step a character. */
  function charactersLookedAt(text: string): number {
    let looked = 0;
    const exec = RegExp.prototype.exec;
    vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, subject: string) {
      looked += subject.length - this.lastIndex;
      return exec.call(this, subject);
    });
    reportLog(text);
    vi.restoreAllMocks();
    return looked;
  }

  const WHOLE_BOOT = `[    0.000000] Booting Linux on physical CPU 0x0
[    1.000000] Run /init as init process
[    2.000000] kexec_core: Starting new kernel
[    2.100000] Bye!
`;

  test.each([
    ['boots', WHOLE_BOOT],
    ['lines of one kernel', '[    1.000000] eth0: link up\n'],
    ['one line without an end', 'x'.repeat(40)],
    ['a line of stamps', '[    1.000000] '],
    ['escape sequences that never end', '\u001b[000000;'],
    ['titles that never end', '\u001b]0;title'],
    ['a line that is rewritten', 'loading 10%\r'],
    ['events that are all alike', 'kexeckit-mark 1 x\n'],
    ['faults', '[    1.000000] Internal error: x\n[    1.000000]   ESR = 0x1\n'],
    ['blanks', '    '],
    ['digits', '[  0'],
  ])('%s: 1, 10 and 100 times as long', (_, part) => {
    const base = part.repeat(Math.ceil(8192 / part.length));
    const [one, ten, hundred] = [1, 10, 100].map((times) => charactersLookedAt(base.repeat(times)));
    expect(one).toBeGreaterThan(0);
    expect((ten ?? 0) / (one ?? 1)).toBeLessThan(11);
    expect((hundred ?? 0) / (one ?? 1)).toBeLessThan(110);
    // For each character some forty patterns, each of which ends after a bounded number of steps.
    expect((hundred ?? 0) / (base.length * 100)).toBeLessThan(400);
  });
});

test.each([
  ['boots', 'Booting Linux on physical CPU 0x0\n'],
  ['clocks that begin anew', '[  100.000000] a\n[    1.000000] b\n'],
  ['marks', 'kexeckit-mark 1 x\n'],
  ['loads', 'kexec_load: entry = 0x1 flags = 0x0\n'],
])('of %s beyond all measure the first are read, and the report says so', (_, part) => {
  const { cutAt, boots, loads } = reportLog(part.repeat(200_000));
  expect(cutAt).toBeGreaterThan(40_000);
  expect(boots.length + loads.length).toBeLessThanOrEqual(100_000);
});

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { eventByAll, eventOf } from './events.ts';
import { reportLast } from './last.ts';
import { type LogLine, linesTo } from './text/lines.ts';
import { LogReading, type LogReport, reportLog } from './timeline.ts';

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

/** What lines begin with that mean something. */
const RULED = [
  ...['smp: Brought up 1 node, 4 CPUs', 'systemd[1]: systemd 252 running in system', 'kexeckit-run megabytes=1'],
  ...['\u00A0kexeckit-run x', '\uFEFFKEXECKIT_RUNS', '\tkexeckit run', 'systemd-shutdown[1]: Rebooting with kexec.'],
  ...['sd 0:0:0:0: [sda] Synchronizing SCSI cache', 'kvm: exiting hardware virt', 'Starting new kernel', 'kexec: Bye!'],
  ...['CPU3: shutdown', "I'm in purgatory", 'sha256 digests do not match', "Can't kexec: CPUs are stuck in the kernel"],
  ...['Internal error: Oops', 'kernel BUG at x', 'Exception class = x', '   ESR = 0x1', '[0123456789abcdef] pgd=0'],
  ...[
    'pc : f+0x1/0x2',
    'PC is at f',
    'watchdog: BUG: soft lockup x',
    'bug: HARD LOCKUP x',
    'WATCHDOG: bug: soft lockup x',
  ],
  ...['NMI watchdog: Watchdog detected hard LOCKUP x', 'rcu: INFO: rcu_sched detected stalls x', 'reboot: Power down'],
  ...[
    'NOTICE:  BL31: x',
    'UEFI firmware x',
    'EFI stub: Booting Linux Kernel',
    'BdsDxe: loading x',
    ' GNU GRUB  version 2',
  ],
  ...['Starting kernel ...', 'E: x', 'WARNING: x'],
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

test('how a log is divided where it is read bit by bit makes no difference', () => {
  const parts = fc.tuple(logs, fc.array(fc.nat(5000), { maxLength: 20 }), fc.constantFrom('', '\n', 'x'.repeat(4090)));
  fc.assert(
    fc.property(parts, ([given, cuts, between]) => {
      const text = given.join(between);
      const reading = new LogReading();
      let from = 0;
      for (const at of [...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b)) {
        reading.push(text.slice(from, at));
        from = at;
      }
      expect(reading.end().report).toEqual(reportLog(text));
    }),
    { numRuns: 500 },
  );
});

test('rules that are not tried, for what a line begins with, would not have matched', () => {
  const heads = fc.oneof(
    fc.constantFrom(...PARTS),
    fc.string({ unit: 'binary', maxLength: 2 }),
    fc.constantFrom(...RULED),
  );
  fc.assert(
    fc.property(fc.array(heads, { minLength: 1, maxLength: 4 }), fc.boolean(), (texts, isKernel) => {
      const line: LogLine = {
        ...{ number: 1, text: texts.join(''), isKernel, isProgram: false },
        ...{ printk: undefined, logger: undefined },
      };
      expect(eventOf(line)).toEqual(eventByAll(line));
    }),
    { numRuns: 5000 },
  );
});

test('of a log that is read bit by bit nothing is kept but what means something', () => {
  const lines: LogLine[] = [];
  const pieces = linesTo((line) => lines.push(line));
  // A line without an end comes in pieces, and none of them waits for its end.
  for (let at = 0; at < 100; at++) pieces.push('x'.repeat(4096));
  expect(lines).toHaveLength(100);
  expect(new Set(lines.map(({ number, text }) => `${number} ${text.length}`))).toEqual(new Set(['1 300']));
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

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EvidencedTime, Passage } from './passage.ts';
import { isTrouble, type Stop } from './stop.ts';
import { LogReading, type LogReport, reportLog, reportLogInSteps } from './timeline.ts';

/** A report in a few words: the passages with their times, and where each boot stopped. */
function short({ boots, passages, stops }: LogReport): string[] {
  return [
    ...boots.map(({ number, first, last }) => `boot ${number}: ${first}-${last}`),
    ...passages.map(shortPassage),
    ...stops.map(shortStop),
  ];
}

function shortPassage({ came, from, to, phases, total }: Passage): string {
  return `${from ?? ''}>${to ?? ''} ${came}: ${[...phases, total].map(shortTime).join(' ')}`;
}

function shortTime(time: EvidencedTime): string {
  if (time.basis === 'unknown') return time.why;
  const marks = { exact: '=', 'at-least': '>=', 'at-most': '<=', about: '~' };
  return `${marks[time.bound]}${time.seconds}/${time.clock}/${time.lines.join('-')}`;
}

function shortStop({ kind, phase, after, reason }: Stop): string {
  return `${kind}${phase ? ` in ${phase}` : ''} after ${after.number}${reason ? ` by ${reason.number}` : ''}`;
}

const OLD = `
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    0.000000] Linux version 6.1.0-50-arm64 (x@y) #1 SMP
[    0.112689] smp: Brought up 1 node, 4 CPUs
[    1.250000] Run /init as init process
`.trim();

const LEAVE = `
[   12.100000] systemd-shutdown[1]: Rebooting with kexec.
[   12.150000] kexec_core: Starting new kernel
[   12.160000] psci: CPU1 killed (polled 0 ms)
[   12.170000] psci: CPU2 killed (polled 0 ms)
[   12.180000] psci: CPU3 killed (polled 0 ms)
[   12.200000] Bye!
`.trim();

const NEW = OLD.replace('1.250000', '0.900000');

test('a reboot by kexec: what one kernel’s clock measures, and what no clock does', () => {
  expect(short(reportLog([OLD, LEAVE, NEW].join('\n')))).toEqual([
    'boot 1: 1-10',
    'boot 2: 11-14',
    '>1 log-begins: no-old-kernel no-old-kernel no-old-kernel >=1.25/printk/1-4 >=1.25/printk/1-4',
    '1>2 kexec: =0.1/printk/5-10 clock-restarts clock-restarts >=0.9/printk/11-14 >=1/printk/5-14',
    'handed-over after 10',
    'running after 14',
  ]);
});

test('a real reboot, with the times of a logger beside the kernels’ own', () => {
  const log = readFileSync(new URL('../fixtures/debian-6.1-kexec-tools.txt', import.meta.url), 'utf8');
  const report = reportLog(log);
  expect(short(report)).toEqual([
    'boot 1: 1-11',
    'boot 2: 12-52',
    '>1 log-begins: no-old-kernel no-old-kernel no-old-kernel >=3.315242/printk/1-7 >=3.315242/printk/1-7',
    '1>2 kexec: =0.188363/printk/8-11 <=0.643/logger/11-44 within-relocation >=15.846463/printk/12-49 ~16.678/logger/8-49',
    'handed-over after 11',
    'restarted after 52 by 52',
  ]);
});

describe('the times of a serial logger reach from one kernel to the next', () => {
  const wall = (prefix: (at: number) => string): string =>
    [...LEAVE.split('\n'), ...NEW.split('\n')].map((line, at) => prefix(at) + line).join('\n');

  test.each([
    ['date and time', (at: number) => `[2026-12-31 10:00:${10 + at}.500] `, 9],
    ['over the new year', (at: number) => (at < 6 ? `2026-12-31T23:59:5${at}Z ` : `2027-01-01T00:00:0${at}Z `), 19],
    ['a time in a zone', (at: number) => `2026-11-28T10:00:${10 + at},250000+02:00 `, 9],
    ['a time of day, over midnight', (at: number) => (at < 6 ? `23:59:${50 + at} ` : `00:00:0${at} `), 19],
    ['syslog', (at: number) => `Nov 28 10:00:${10 + at} host kernel: `, 9],
    ['seconds since 1970', (at: number) => `${1_790_000_000 + at}.125000 `, 9],
    ['grabserial', (at: number) => `[${at}.000000 1.000000] `, 9],
  ])('%s', (_, prefix, seconds) => {
    const { passages } = reportLog(wall(prefix));
    const [shutdown, relocation, checksum] = passages[0]?.phases ?? [];
    expect(passages).toHaveLength(1);
    expect(shutdown).toMatchObject({ seconds: 0.1, clock: 'printk', bound: 'exact' });
    expect(relocation).toMatchObject({ clock: 'logger', bound: 'at-most', limits: ['checksum', 'early'] });
    expect(checksum).toMatchObject({ basis: 'unknown', why: 'within-relocation' });
    expect(passages[0]?.total).toMatchObject({ seconds, clock: 'logger', bound: 'about' });
  });

  // A kernel without earlycon keeps its lines until it has a console: here for half a second.
  test('lines that were kept until there was a console do not lengthen the relocation', () => {
    const { passages } = reportLog(`[10:00:00.000] [   12.200000] Bye!
[10:00:02.500] [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[10:00:02.510] [    0.500000] printk: console [ttyAMA0] enabled
[10:00:03.000] [    0.980000] Run /init as init process
[10:00:04.000] [    2.100000] a line of another clock that runs fast`);
    expect(passages[0]?.phases[1]).toMatchObject({
      seconds: 2.01,
      bound: 'at-most',
      lines: [1, 3],
      limits: ['checksum', 'early', 'reckoned'],
    });
  });

  test('a clock that was set back measures nothing', () => {
    const { passages } = reportLog(wall((at) => `[2026-11-28 10:00:${60 - 5 * at - 1}] `.replace(/:(\d)\]/, ':0$1]')));
    expect(passages[0]?.phases[1]).toMatchObject({ basis: 'unknown', why: 'clock-restarts' });
  });

  test('is told with what it is rounded to', () => {
    const { passages } = reportLog(wall((at) => `[2026-11-28 10:00:${10 + at}.5] `));
    expect(passages[0]?.phases[1]).toMatchObject({ seconds: 1, plusMinus: 0.1 });
  });
});

describe('where a boot stopped', () => {
  const stopped = (...parts: string[]): Stop | undefined => reportLog(parts.join('\n')).stops.at(-1);

  test('behind Bye!, where nothing more is said', () => {
    const stop = stopped(OLD, LEAVE);
    expect(stop).toMatchObject({ kind: 'silent', phase: 'relocation', after: { number: 10 }, cpusOff: 3, cpus: 4 });
  });

  test('while CPUs were taken down, where nothing tells of a hang', () => {
    const stop = stopped(OLD, ...LEAVE.split('\n').slice(0, 4));
    expect(stop).toMatchObject({
      kind: 'silent',
      phase: 'shutdown',
      after: { text: 'psci: CPU2 killed (polled 0 ms)' },
    });
  });

  // Lines of a report about KVM guests.
  test('while CPUs were taken down, where a watchdog tells', () => {
    const stop = stopped(`[   50.304591][ T4382] sd 0:0:0:0: [sda] Synchronizing SCSI cache
[   50.377002][ T4382] kexec_core: Starting new kernel
[   52.819509][  T194] psci: CPU13 killed (polled 0 ms)
[   52.919509][  T194] psci: CPU14 killed (polled 0 ms)
[  243.214009][  T115] INFO: task kworker/0:1:10 blocked for more than 122 seconds.`);
    expect(stop).toMatchObject({
      kind: 'hung',
      phase: 'shutdown',
      after: { number: 4 },
      reason: { number: 5 },
      cpusOff: 2,
    });
  });

  // Lines of a report about a kernel with 39-bit addresses and real-time patches.
  test('in a fault behind Bye!', () => {
    const stop = stopped(`[   36.168728] 000: kexec_core: Starting new kernel
[   36.168735] 000: Disabling non-boot CPUs ...
[   36.168739] 000: Bye!
[   36.189457] 000: Unable to handle kernel paging request at virtual address 000000000fb3c000
[   36.189460] 000: Mem abort info:
[   36.189462] 000:   ESR = 0x86000006
[   36.189463] 000:   EC = 0x21: IABT (current EL), IL = 32 bits
[   36.189482] 000: Internal error: Oops: 86000006 [#1] PREEMPT SMP`);
    expect(stop).toMatchObject({
      kind: 'oops',
      phase: 'relocation',
      after: { number: 3, text: 'Bye!' },
      reason: { number: 4 },
      fault: { address: '000000000fb3c000', access: 'fetch', cause: 'not-mapped' },
    });
  });

  // Lines of a Broadcom Stingray's capture kernel, whose console firmware writes to as well.
  test('in a panic of the next kernel, and firmware that writes between is no firmware that begins', () => {
    const report = reportLog(`[  547.277759] Kernel panic - not syncing: sysrq triggered crash
[  547.362272] Starting crashdump kernel...
[  547.366319] Bye!
[    0.000000] Booting Linux on physical CPU 0x0000000301 [0x410fd083]
I: GICv3 without legacy support detected. ARM GICV3 driver initialized in EL3
    0.000000] psci: PSCIv1.1 detected in firmware.
[    0.000000] ITS: using cache flushing for cmd queue
[    0.000000] Unable to handle kernel paging request at virtual address ffff80a343836004
[    0.000000]   ESR = 0x96000004
[    0.000000] pc : efi_mem_reserve_persistent+0x60/0x1b8
[    0.000000] Call trace:
[    0.000000]  its_init+0xa44/0xe80
[    0.000000] ---[ end trace 201d7d1205871a19 ]---
[    0.000000] Kernel panic - not syncing: Attempted to kill the idle task!`);
    expect(report.passages.map(shortPassage)).toEqual([
      '1>2 crash-kexec: =0.08856/printk/1-3 clock-restarts clock-restarts not-reached >=0.08856/printk/1-3',
    ]);
    expect(report.stops.map(shortStop)).toEqual(['handed-over after 3 by 1', 'panic in startup after 7 by 14']);
    expect(report.stops[1]).toMatchObject({
      details: expect.arrayContaining(['efi_mem_reserve_persistent+0x60/0x1b8']),
      fault: { access: 'read-or-write', cause: 'not-mapped' },
    });
  });

  test('an oops that the kernel survives is not where it stopped', () => {
    const oops = '[    2.000000] Internal error: Oops: 96000004 [#1] SMP\n[    2.000001] ---[ end trace 0 ]---';
    expect(stopped(OLD, oops)).toMatchObject({ kind: 'oops', phase: undefined });
    expect(stopped(OLD, oops, '[    3.000000] eth0: link up')).toMatchObject({ kind: 'running' });
    expect(stopped(OLD, oops, LEAVE, NEW)).toMatchObject({ kind: 'running', boot: 2 });
  });

  test.each([
    ['U-Boot', 'U-Boot SPL 2023.01 (Jan 01 2023)'],
    ['trusted firmware', 'NOTICE:  BL2: v2.8(release)'],
    ['UEFI', 'UEFI firmware (version 2022.11 built at 10:00:00)'],
    ['the EFI stub', 'EFI stub: Booting Linux Kernel...'],
  ])('at the start of firmware instead of the next kernel: %s', (_, banner) => {
    expect(stopped(OLD, LEAVE, banner, 'more of it')).toMatchObject({ kind: 'firmware', reason: { text: banner } });
    const { passages, stops } = reportLog([OLD, LEAVE, banner, NEW].join('\n'));
    expect(passages.at(-1)).toMatchObject({
      came: 'firmware',
      phases: [{ why: 'not-kexec' }, {}, {}, { seconds: 0.9 }],
    });
    expect(stops.map(({ kind }) => kind)).toEqual(['firmware', 'running']);
  });

  test('at an ordinary restart instead of the next kernel: none was loaded', () => {
    const restart = '[   12.150000] reboot: Restarting system';
    expect(stopped(OLD, LEAVE.split('\n')[0] ?? '', restart)).toMatchObject({
      kind: 'firmware',
      reason: { text: 'reboot: Restarting system' },
    });
    const { passages } = reportLog([OLD, LEAVE.split('\n')[0], restart, NEW].join('\n'));
    expect(passages.at(-1)).toMatchObject({ came: 'restart', phases: [{ why: 'not-kexec' }, {}, {}, {}] });
  });

  test.each([
    'watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kexec:1]',
    'watchdog: Watchdog detected hard LOCKUP on cpu 0',
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
  ])('where a watchdog of another kind tells: %s', (line) => {
    const [first = '', second = ''] = LEAVE.split('\n');
    expect(stopped(OLD, first, second, `[   60.000000] ${line}`)).toMatchObject({ kind: 'hung', phase: 'shutdown' });
  });

  test('firmware’s words that somebody prints in a running system are no reset', () => {
    const { boots, stops } = reportLog(
      [OLD, 'U-Boot 2023.01 (Jan 01 2023)', '[    2.000000] eth0: link up'].join('\n'),
    );
    expect(boots).toHaveLength(1);
    expect(stops).toMatchObject([{ kind: 'running' }]);
  });

  test.each([
    ['kmvoj', 'silent', 'startup'],
    ['km...v', 'silent', 'checksum'],
    ['km', 'silent', 'relocation'],
    ['km!b', 'mismatch', 'checksum'],
    ["I'm in purgatory\nsha256 digests do not match :(", 'mismatch', 'checksum'],
  ])('by the words of a purgatory: %s', (crumbs, kind, phase) => {
    expect(stopped(OLD, LEAVE, crumbs)).toMatchObject({ kind, phase });
  });

  test.each(['km!b', "I'm in purgatory\nsha256 digests do not match :("])(
    'by a purgatory that stopped, whatever boots after a reset: %s',
    (words) => {
      const { passages, stops } = reportLog([OLD, LEAVE, words, NEW].join('\n'));
      expect(passages.at(-1)).toMatchObject({ came: 'unannounced' });
      expect(stops[0]).toMatchObject({ kind: 'mismatch', phase: 'checksum' });
    },
  );

  test('not by a purgatory of yesterday, whose words somebody shows before kexec', () => {
    const { passages } = reportLog([OLD, 'sha256 digests do not match :(', LEAVE, NEW].join('\n'));
    expect(passages.at(-1)).toMatchObject({ came: 'kexec' });
  });

  test('a next kernel’s line may follow breadcrumbs without a line feed', () => {
    expect(short(reportLog(`${LEAVE}kmvoj${NEW}`)).slice(0, 2)).toEqual(['boot 1: 1-6', 'boot 2: 6-9']);
  });

  test('not by such words where the same kernel goes on', () => {
    const { stops } = reportLog(
      [OLD, 'sha256 digests do not match :(', '[   20.000000] usb 1-1: new device'].join('\n'),
    );
    expect(stops).toMatchObject([{ kind: 'running' }]);
  });

  test('by CPUs that went down, and no last word, whatever boots after a reset', () => {
    const log = [OLD, '[   12.100000] kexec_core: Starting new kernel', '[   12.110000] psci: CPU1 killed', NEW];
    const { passages, stops } = reportLog(log.join('\n'));
    expect(passages.at(-1)).toMatchObject({ came: 'unannounced' });
    expect(stops[0]).toMatchObject({ kind: 'cut-off', phase: 'shutdown' });
  });

  test('by the kernel’s own refusal', () => {
    const refusal = "[   12.150001] kexec_core: Can't kexec: CPUs are stuck in the kernel.";
    const leave = LEAVE.split('\n').slice(0, 2);
    expect(stopped(OLD, ...leave, refusal)).toMatchObject({ kind: 'refused', phase: 'shutdown' });
  });

  test.each([
    ['a restart', '[    9.000000] reboot: Restarting system', 'restarted'],
    ['nothing', '', 'running'],
  ])('by %s', (_, line, kind) => {
    expect(stopped(OLD, line)).toMatchObject({ kind, phase: undefined });
  });

  test('before user space', () => {
    expect(stopped(...OLD.split('\n').slice(0, 3))).toMatchObject({ kind: 'starting', phase: 'startup' });
  });

  test('nowhere, where others write behind Bye!: the next kernel may be quiet', () => {
    const stop = stopped(OLD, LEAVE, 'Debian GNU/Linux 12 host ttyAMA0', 'host login: ');
    expect(stop).toMatchObject({ kind: 'strangers' });
    expect(stop && isTrouble(stop)).toBe(false);
  });
});

test('in steps it is the same, and no step reads much', () => {
  const log = [OLD, LEAVE, NEW].join('\n').repeat(2000);
  const steps = reportLogInSteps(log);
  let taken = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) taken += 1;
  expect(taken).toBe(Math.ceil(log.length / 2 ** 17));
  expect(step.value).toEqual(reportLog(log));
});

test.each([
  '[    5.000000] kexeckit-mark 1 realtime=1.000000 boottime=1.000000 monotonic=1.000000 boot=old strategy=kernel checks=no',
  '[    5.000000] systemd-shutdown[1]: Rebooting with kexec.',
  '[    5.000000] sd 0:0:0:0: [sda] Synchronizing SCSI cache',
])('an attempt that came to nothing, a day before, is no beginning: %s', (line) => {
  const leave = '[86400.000000] kexec_core: Starting new kernel\n[86400.500000] Bye!';
  const old = OLD.split('\n')
    .filter((each) => !/\] (?:sd|kvm)/.test(each))
    .join('\n');
  const { passages } = reportLog([old, line, leave, NEW].join('\n'));
  expect(passages.at(-1)?.phases[0]).toMatchObject({ seconds: 0.5, bound: 'at-least' });
});

test.each([
  'qemu[77]: [    5.000000] Kernel panic - not syncing: guest died',
  'abrt-dump-oops[77]: [ 3900.000000] Kernel panic - not syncing: of last week',
  'qemu[77]: [    0.000000] Booting Linux on physical CPU 0x0000000000',
  'sh[1]: kernel: [    0.000000] Linux version 6.1.0',
  'a@b:c.service[1]: <6>[    0.000000] Linux version 6.1.0',
])('what another program quotes the kernel did not say: %s', (line) => {
  const log = OLD.split('\n').map((each, at) => `Nov 29 03:00:${10 + at} host kernel: ${each}`);
  for (const prefix of ['Nov 29 03:00:30 host ', '2026-11-29T03:00:30.123456+01:00 host ']) {
    const { boots, stops } = reportLog([...log, prefix + line].join('\n'));
    expect(boots).toHaveLength(1);
    expect(stops).toMatchObject([{ kind: 'running' }]);
  }
});

test.each([
  ['a record', '12,301,5000000,-;'],
  ['dmesg --raw', '<13>[    5.000000] '],
  ['dmesg -x', 'user  :notice: [    5.000000] '],
  ['a daemon', 'daemon:warn: [    5.000000] '],
])('nor what a program writes to /dev/kmsg: %s', (_, front) => {
  for (const text of ['Kernel panic - not syncing: of last week', 'Linux version 5.10 (quoted)', 'Bye!']) {
    const { boots, stops } = reportLog([OLD, front + text].join('\n'));
    expect([boots.length, stops[0]?.kind]).toEqual([1, 'running']);
  }
  const own = reportLog([OLD, `${front}systemd-shutdown[1]: Rebooting with kexec.`].join('\n'));
  expect(own.stops[0]?.kind).toBe('silent');
});

test.each(['<4>[    5.000000] ', 'kern  :emerg : [    5.000000] ', '2,301,5000000,-;'])(
  'but the kernel’s own words count: %s',
  (front) => {
    const { stops } = reportLog([OLD, `${front}Kernel panic - not syncing: now`].join('\n'));
    expect(stops).toMatchObject([{ kind: 'panic' }]);
  },
);

test('nobody knows how long February is where the year is not said', () => {
  const log = (end: string, begin: string): string =>
    [...LEAVE.split('\n').map((line) => end + line), ...NEW.split('\n').map((line) => begin + line)].join('\n');
  const without = reportLog(log('Feb 28 23:59:59 h kernel: ', 'Mar  1 00:00:01 h kernel: '));
  expect(without.passages[0]).toMatchObject({ phases: [{ seconds: 0.1 }, { basis: 'unknown' }, {}, {}] });
  const within = reportLog(log('Feb 28 23:59:59 h kernel: ', 'Feb 29 00:00:01 h kernel: '));
  expect(within.passages[0]?.total).toMatchObject({ seconds: 2 });
});

describe('boots are told apart', () => {
  test('by the clock that begins anew, where nothing else tells', () => {
    const { boots, passages } = reportLog('[  100.000000] a\n[    0.500000] b\n[    0.600000] c');
    expect(boots).toMatchObject([{ last: 1 }, { first: 2 }]);
    expect(passages).toMatchObject([{ came: 'unannounced' }]);
  });

  test('but not by stamps of several CPUs that are a little out of order', () => {
    expect(reportLog('[  100.000009] a\n[  100.000001] b').boots).toHaveLength(1);
  });

  test('nor by a version that somebody prints', () => {
    expect(reportLog(`${OLD}\nLinux version 6.1.0-50-arm64 (x@y)\n[    2.000000] b`).boots).toHaveLength(1);
  });

  test('where kernels print no times', () => {
    const bare = [OLD, LEAVE, NEW].join('\n').replaceAll(/^\[.{12}\] /gm, '');
    expect(short(reportLog(bare))).toEqual([
      'boot 1: 1-10',
      'boot 2: 11-14',
      '>1 log-begins: no-old-kernel no-old-kernel no-old-kernel no-clock no-clock',
      '1>2 kexec: no-clock clock-restarts clock-restarts no-clock no-clock',
      'handed-over after 10',
      'running after 14',
    ]);
  });

  test('“Bye!” of a program is not the kernel’s', () => {
    expect(reportLog(`${OLD}\nftp> quit\nBye!`).stops).toMatchObject([{ kind: 'running' }]);
  });

  test('generation after generation', () => {
    const { passages } = reportLog([OLD, LEAVE, NEW, LEAVE, NEW, LEAVE, NEW].join('\n'));
    expect(passages.map(({ from, to, came }) => [from, to, came])).toEqual([
      [undefined, 1, 'log-begins'],
      [1, 2, 'kexec'],
      [2, 3, 'kexec'],
      [3, 4, 'kexec'],
    ]);
  });
});

describe('a shutdown that is seen in part is told so', () => {
  test.each([
    ['a mark', '[   12.050000] kexeckit-mark 1 realtime=1.000000 checks=no', 'exact', 0.15],
    ['devices that stop', '[   12.140000] sd 0:0:0:0: [sda] Synchronizing SCSI cache', 'at-least', 0.06],
    ['nothing', '', 'at-least', 0.05],
  ])('before it: %s', (_, line, bound, seconds) => {
    const leave = LEAVE.split('\n').slice(1);
    const { passages } = reportLog([OLD, line, ...leave, NEW].filter((each) => each !== '').join('\n'));
    const [shutdown] = passages[1]?.phases ?? [];
    expect(shutdown).toMatchObject({ bound, seconds, limits: bound === 'exact' ? [] : ['devices'] });
  });

  test('a mark says that there was no checksum', () => {
    const { passages } = reportLog(
      ['[   12.050000] kexeckit-mark 1 realtime=1.000000 checks=no', LEAVE, NEW].join('\n'),
    );
    expect(passages[0]?.phases[2]).toMatchObject({ why: 'not-asked-for' });
  });

  test('the end of startup is the line of init, or about the first of user space', () => {
    const systemd = '[    1.400000] systemd[1]: systemd 252.1-1 running in system mode (+PAM)';
    const { passages } = reportLog([...NEW.split('\n').slice(0, 3), systemd].join('\n'));
    expect(passages[0]?.phases[3]).toMatchObject({ bound: 'about', seconds: 1.4 });
  });
});

describe('the forms that logs come in', () => {
  const LINES = [LEAVE, NEW].join('\n');
  const expected = short(reportLog(LINES));

  test.each<[string, (line: string) => string]>([
    ['with carriage returns', (line) => `${line}\r`],
    ['with carriage returns before line feeds are gone', (line) => `\r${line}`],
    ['with colours', (line) => line.replace(/^(\[.*?\])/, '\u001b[32m$1\u001b[0m')],
    ['with a title for the terminal', (line) => `\u001b]0;console\u0007${line}`],
    ['as dmesg --raw prints them', (line) => `<6>${line}`],
    ['as dmesg -x prints them', (line) => `kern  :info  : ${line}`],
    ['with callers', (line) => line.replace(/\] /, '][    T1] ')],
    ['with CPUs', (line) => line.replace(/\] /, '] 003: ')],
    ['as dmesg -d prints them', (line) => line.replace(/\] /, ' <    0.000010>] ')],
    ['as the journal prints them', (line) => line.replace(/\] /, '] host kernel: ')],
    [
      'as /dev/kmsg gives them',
      (line) => line.replace(/^\[ *(\d+)\.(\d+)\] /, (_, s, us) => `6,339,${Number(`${s}${us}`)},-;`),
    ],
    ['with NUL bytes', (line) => `\u0000${line}\u0000`],
  ])('%s', (_, change) => {
    expect(short(reportLog(LINES.split('\n').map(change).join('\n')))).toEqual(expected);
  });

  test('a line that lost its beginning is a kernel’s, and its time is not trusted', () => {
    const report = reportLog(
      `${LEAVE}\n    0.000000] Booting Linux on physical CPU 0x0\n${NEW.split('\n').slice(1).join('\n')}`,
    );
    expect(report.boots).toHaveLength(2);
    expect(report.passages[0]?.phases[3]).toMatchObject({ why: 'no-clock' });
  });

  test('a log that ends in the middle of a line', () => {
    expect(reportLog(`${OLD}\n${LEAVE.slice(0, -2)}`).stops).toMatchObject([{ kind: 'silent', phase: 'shutdown' }]);
  });

  test.each([
    ['nothing', ''],
    ['blank lines', '\n\n\r\n'],
    ['other text', 'Dear all,\nhow are you?\n'],
    ['what only looks like a part of a fault', 'pc5 x\n  ESR = 0x0\nI: x'],
    ['memory that a firmware prints', '   0: 0x0000000080000000..0x00000000fffdffff'],
  ])('%s has no boot', (_, text) => {
    expect(reportLog(text)).toMatchObject({ boots: [], passages: [], stops: [], loads: [] });
  });
});

// Lines of `kexec -d` on a QEMU guest.
test('a load by kexec-tools starts nothing, and is told as one', () => {
  const report = reportLog(`arch_process_options:156: initrd: (null)
kexec_load: entry = 0x40d666b0 flags = 0xb70000
nr_segments = 3
segment[0].buf   = 0x7faa968010
segment[0].mem   = 0x40080000
segment[0].memsz = 0xce4000
segment[1].mem   = 0x40d64000
segment[1].memsz = 0x2000
segment[2].mem   = 0x40d66000
segment[2].memsz = 0x4000`);
  expect(report).toMatchObject({
    boots: [],
    loads: [
      {
        line: 2,
        entry: 0x40d6_66b0n,
        flags: 0xb7_0000n,
        segments: [
          { mem: 0x4008_0000n, memsz: 0xce_4000n },
          { mem: 0x40d6_4000n },
          { mem: 0x40d6_6000n, memsz: 0x4000n },
        ],
      },
    ],
  });
});

describe('a kernel that dies behind its last word did not lead to the next one', () => {
  const OOPS = '[   12.210000] Unable to handle kernel paging request at virtual address ffff800010e5c000';
  const PANIC = '[   12.220000] Kernel panic - not syncing: Oops: Fatal exception';

  test.each([
    ['panic', 12, [OOPS, PANIC]],
    ['oops', 11, [OOPS]],
  ])('%s', (kind, by, lines) => {
    const report = short(reportLog([OLD, LEAVE, ...lines, NEW].join('\n')));
    expect(report).toContainEqual(expect.stringMatching(/^1>2 unannounced: not-kexec not-kexec/));
    expect(report).toContain(`${kind} in relocation after 10 by ${by}`);
  });

  test('unless that started a kernel for it', () => {
    const crash = '[   12.230000] Starting crashdump kernel...\n[   12.240000] Bye!';
    const report = short(reportLog([OLD, LEAVE, PANIC, crash, NEW].join('\n')));
    expect(report).toContainEqual(expect.stringMatching(/^1>2 crash-kexec/));
  });
});

describe('what programs quote is not what this kernel says', () => {
  const monotonic = (log: string): string => log.replaceAll('] ', '] host kernel: ');
  const each = (front: string, log: string): string => log.replace(/^/gm, front);

  test.each([
    ['by way of printk', OLD, '[   50.000000] qemu-system-aarch64[77]: '],
    ['in the journal, by the kernel’s clock', monotonic(OLD), '[   50.000000] host qemu[77]: '],
    ['with a name of more than letters', each('Nov 29 03:00:00 h kernel: ', OLD), 'Nov 29 03:00:01 h (sd-exec)[12]: '],
    ['without a number, in syslog', each('Nov 29 03:00:00 h kernel: ', OLD), 'Nov 29 03:00:01 h root: '],
    [
      'without a number, in syslog with full times',
      each('2026-11-29T03:00:00.123456+01:00 h kernel: ', OLD),
      '2026-11-29T03:00:01.123456+01:00 h guest-log: ',
    ],
    ['from a host with a number', each('Nov 29 03:00:00 fe80::1 kernel: ', OLD), 'Nov 29 03:00:01 fe80::1 qemu[5]: '],
  ])('%s', (_, log, front) => {
    const quoted = ['[    0.000000] Booting Linux on physical CPU 0x0', '[    3.000000] Kernel panic - not syncing: x'];
    const { boots, stops } = reportLog([log, ...quoted.map((line) => front + line)].join('\n'));
    expect([boots.length, stops.map(({ kind }) => kind)]).toEqual([1, ['running']]);
  });

  test('a kernel’s line behind one that has no end is its own', () => {
    const { boots } = reportLog(`${OLD}\n[   12.200000] cpu 1: [    0.000000] Booting Linux on physical CPU 0x0`);
    expect(boots).toHaveLength(2);
  });
});

describe('a log that is shown again is no other boot', () => {
  const WITH_MORE = OLD.replace(
    '[    1.25',
    '[    0.300000] cma: x\n[    0.400000] pci: y\n[    0.500000] usb: z\n[    1.25',
  );
  const QUIET = WITH_MORE.split('\n')
    .filter((line) => !/Brought up|Run/.test(line))
    .join('\n');
  const numbers = ({ passages, stops }: LogReport): unknown[] => [
    passages.map(({ from, to, came }) => `${from ?? ''}>${to ?? ''} ${came}`),
    stops.map(({ kind }) => kind),
  ];
  const went = [
    ['>1 log-begins', '1>2 kexec'],
    ['handed-over', 'running'],
  ];

  test.each([
    ['all of it, by an operator', [WITH_MORE, 'root@h:~# dmesg', WITH_MORE, '[    1.300000] more', 'root@h:~#']],
    ['twice', [WITH_MORE, WITH_MORE, '[    1.300000] more', WITH_MORE, '[    1.300000] more']],
    ['with what the console was not told of', [QUIET, WITH_MORE]],
    ['its end', [WITH_MORE, '[    0.500000] usb: z', '[    1.250000] Run /init as init process']],
  ])('%s', (_, before) => {
    expect(numbers(reportLog([...before, LEAVE, NEW].join('\n')))).toEqual(went);
  });

  test('by a second console, of the next kernel', () => {
    const early = WITH_MORE.split('\n').slice(0, -1).join('\n');
    expect(numbers(reportLog([OLD, LEAVE, early, WITH_MORE].join('\n')))).toEqual(went);
  });

  test('another boot has other times', () => {
    const other = WITH_MORE.replace('0.400000', '0.400001').replace('0.300000', '0.300001');
    expect(reportLog([WITH_MORE, other].join('\n')).boots).toHaveLength(2);
  });
});

test('who draws a log gets the lines that tell something, each with its boot, beside the same report', () => {
  const text = `
[   12.150000] kexec_core: Starting new kernel
[   12.200000] Bye!
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    0.500000] pci 0000:00:00.0: nothing of a reboot
[    0.900000] Run /init as init process`;
  const reading = new LogReading();
  reading.push(text);
  const { report, signs } = reading.end();
  expect(report).toEqual(reportLog(text));
  expect(signs.map(({ boot, kind, line, value }) => [boot, kind, line.number, line.printk, value])).toEqual([
    [1, 'kexec-start', 2, 12_150_000, 'Starting new kernel'],
    [1, 'bye', 3, 12_200_000, 'Bye'],
    [2, 'booting', 4, 0, '0x0000000000'],
    [2, 'run-init', 6, 900_000, '/init'],
  ]);
});

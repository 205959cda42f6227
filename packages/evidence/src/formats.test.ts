import { describe, expect, test } from 'vitest';
import { reportLog } from './timeline.ts';

/** What a kernel says, and when, in microseconds from its beginning. */
const SAID: readonly (readonly [number, string])[] = [
  [5_000_000, 'usb 1-1: new high-speed USB device'],
  [6_000_000, 'kexec_core: Starting new kernel'],
  [6_250_000, 'Bye!'],
];

const stampOf = (micros: number): string => `${Math.floor(micros / 1e6)}`.padStart(5);
const fraction = (micros: number): string => `${micros % 1e6}`.padStart(6, '0');
const seconds = (micros: number): string => `${10 + Math.floor(micros / 1e6)}`.padStart(2, '0');

/** Ways that a kernel's lines are written in. */
const formats: Readonly<Record<string, (micros: number, said: string) => string>> = {
  'dmesg -T': (at, said) => `[Sat Nov 28 10:00:${seconds(at)} 2026] ${said}`,
  'dmesg --time-format iso': (at, said) => `2026-11-28T10:00:${seconds(at)},${fraction(at)}+01:00 ${said}`,
  'journalctl -o short': (at, said) => `Nov 28 10:00:${seconds(at)} host kernel: ${said}`,
  'journalctl -o short-precise': (at, said) => `Nov 28 10:00:${seconds(at)}.${fraction(at)} host kernel: ${said}`,
  'journalctl -o short-iso': (at, said) => `2026-11-28T10:00:${seconds(at)}+0100 host kernel: ${said}`,
  'journalctl -o short-full': (at, said) => `Sat 2026-11-28 10:00:${seconds(at)} CET host kernel: ${said}`,
  'journalctl -o with-unit': (at, said) =>
    `Sat 2026-11-28 10:00:${seconds(at)}.${fraction(at)} UTC host kernel[0]: ${said}`,
  'journalctl -o short-unix': (at, said) => `17000000${seconds(at)}.${fraction(at)} host kernel: ${said}`,
  'journalctl -o short-monotonic': (at, said) => `[${stampOf(at)}.${fraction(at)}] host kernel: ${said}`,
  dmesg: (at, said) => `[${stampOf(at)}.${fraction(at)}] ${said}`,
  'a serial console behind a logger': (at, said) =>
    `\u001b[0m2026-11-28 10:00:${seconds(at)}.${fraction(at)} [${stampOf(at)}.${fraction(at)}] \u001b[1m${said}\u001b[0m\r\r`,
};

describe.each(Object.keys(formats))('as %s writes it', (name) => {
  const written = (lines: typeof SAID): string => lines.map(([at, said]) => formats[name]?.(at, said)).join('\n');

  test('a log without its first lines is one', () => {
    const { boots, stops } = reportLog(written(SAID.slice(0, 1)));
    expect(boots).toEqual([{ number: 1, first: 1, last: 1 }]);
    expect(stops.map(({ kind }) => kind)).toEqual(['running']);
  });

  test('the time between two lines is told, as exactly as the times are written', () => {
    const [shutdown] = reportLog(written(SAID)).passages[0]?.phases ?? [];
    if (shutdown?.basis !== 'measured') return expect(shutdown).toBe('measured');
    expect(Math.abs(shutdown.seconds - 0.25)).toBeLessThanOrEqual(shutdown.plusMinus);
  });
});

test('what a program says in a journal is not what its kernel says', () => {
  const quoted = 'Sat 2026-11-28 10:00:00 UTC host script[12]: Booting Linux on physical CPU 0x0';
  expect(reportLog(quoted).boots).toEqual([]);
});

test('where a kernel begins behind lines with such times, nothing before it is a kernel', () => {
  const lines = [
    '[Sat Nov 28 10:00:00 2026] something else',
    '[Sat Nov 28 10:00:01 2026] Booting Linux on physical CPU 0x0',
  ];
  expect(reportLog(lines.join('\n')).boots).toEqual([{ number: 1, first: 2, last: 2 }]);
});

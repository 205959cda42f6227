import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RolloutError } from '../error.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { readPolicy } from './read-policy.ts';
import { amountOf, isAmount } from './share.ts';

/** Code, message and hint of what is thrown. */
function refusal(text: string): string {
  try {
    readPolicy(text);
  } catch (error) {
    if (error instanceof RolloutError) return `${error.code} ${error.message}; ${error.hint}`;
    throw error;
  }
  return 'none';
}

describe('a policy', () => {
  test('has defaults for what it does not say: one at a time, no failure, any time, no command', () => {
    expect(readPolicy('{}')).toEqual({
      waves: [],
      concurrency: 1,
      failureBudget: 0,
      windows: [],
      healthWithinMs: 600_000,
      blockers: [],
      returnWithinMs: 900_000,
      stepLimitMs: 600_000,
    });
  });

  test('is in the words of operators', () => {
    const text = `
waves:
  - name: canary
    select: role=canary
    take: 5%
    concurrency: 2
    failureBudget: 0
    soak: 1h30m
  - { name: eu, select: 'zone!=us', take: 10 }
concurrency: 50
failureBudget: 3%
windows:
  - { days: [mon, tue], start: 22:00, end: 04:00, zone: Europe/Berlin }
  - { start: '00:00', end: 24:00 }
drain: [kubectl, drain, '{host}']
restore: { argv: [kubectl, uncordon, '{host}'], limit: 90s }
health: { argv: [systemctl, is-system-running], on: host }
healthWithin: 5m
console: [tail, -n, '40', '/srv/consoles/{host}']
blockers:
  - [alerts, --none-firing]
notify: [notify]
returnWithin: 20m
stepLimit: 1d
`;
    expect(readPolicy(text)).toEqual({
      waves: [
        { name: 'canary', select: 'role=canary', take: '5%', concurrency: 2, failureBudget: 0, soakMs: 5_400_000 },
        { name: 'eu', select: 'zone!=us', take: 10 },
      ],
      concurrency: 50,
      failureBudget: '3%',
      windows: [
        { days: ['mon', 'tue'], start: '22:00', end: '04:00', zone: 'Europe/Berlin' },
        { start: '00:00', end: '24:00' },
      ],
      drain: { argv: ['kubectl', 'drain', '{host}'], on: 'worker', limitMs: 300_000 },
      restore: { argv: ['kubectl', 'uncordon', '{host}'], on: 'worker', limitMs: 90_000 },
      health: { argv: ['systemctl', 'is-system-running'], on: 'host', limitMs: 300_000 },
      healthWithinMs: 300_000,
      console: { argv: ['tail', '-n', '40', '/srv/consoles/{host}'], on: 'worker', limitMs: 300_000 },
      blockers: [{ argv: ['alerts', '--none-firing'], on: 'worker', limitMs: 300_000 }],
      notify: { argv: ['notify'], on: 'worker', limitMs: 300_000 },
      returnWithinMs: 1_200_000,
      stepLimitMs: 86_400_000,
    });
  });

  const wave = (fields: string): string => `waves: [{ name: a, select: b, ${fields} }]`;
  test.each([
    ['[]', /^EINVAL the policy: this is an empty list; give a mapping/],
    ['null', /the policy: this is nothing/],
    ['concurency: 3', /the policy: there is no "concurency"; look for a slip/],
    ['constructor: 3', /the policy: there is no "constructor"/],
    ['__proto__: { concurrency: 3 }', /the policy: there is no "__proto__"/],
    ['healthWithinMs: 300000', /there is no "healthWithinMs"/],
    [
      'drain: kubectl drain {host}',
      /drain: this is "kubectl drain \{host\}"; give the program .* as a list.*there is no shell/,
    ],
    ['drain: { argv: kubectl drain }', /drain.argv: this is "kubectl drain"; .*there is no shell/],
    [
      'drain: [kubectl, drain, {host}]',
      /drain\[2\]: this is a mapping; give each argument as text.*in quotes: '\{host\}'/,
    ],
    ['drain: []', /drain\[0\]: this is nothing/],
    ["drain: ['']", /drain.argv\[0\]: "" is no program/],
    ["drain: ['{host}']", /drain.argv\[0\]: "\{host\}" is no program/],
    ['drain: ["a", "b\\0"]', /drain.argv\[1\]: "b\\u\{0\}" is no argument/],
    ['drain: { on: host }', /drain.argv: this is missing/],
    ['drain: { argv: [a], on: hosts }', /drain.on: this is "hosts"; give worker or host/],
    ['drain: { argv: [a], limit: 0s }', /drain.limit: .*give more than nothing/],
    ['drain: { argv: [a], shell: true }', /drain: there is no "shell"/],
    ['blockers: [{ argv: [a], on: host }]', /blockers\[0\].on: .*has no host/],
    ['notify: { argv: [a], on: host }', /notify.on: .*has no host/],
    ['healthWithin: 5', /healthWithin: this is 5; give a time with its unit/],
    ['healthWithin: 5 minutes', /healthWithin: this is "5 minutes"; give a time with its unit/],
    ['returnWithin: 31d', /returnWithin: this is "31d"/],
    ['concurrency: 0', /concurrency: this is 0; give 1 or more/],
    ['concurrency: 1.5', /concurrency: this is 1.5; give a whole number/],
    ["concurrency: '3'", /concurrency: this is "3"; give a whole number/],
    ['concurrency: .inf', /concurrency: this is Infinity/],
    ['failureBudget: 101%', /failureBudget: "101%" is no number of hosts/],
    ['failureBudget: -1', /failureBudget: -1 is no number of hosts/],
    ['failureBudget: .nan', /failureBudget: this is NaN/],
    ['waves: [{ name: a }]', /waves\[0\].select: this is missing/],
    ['waves: [[]]', /waves\[0\].*: this is/],
    ['waves: [{ name: a/b, select: c }]', /waves\[0\].name: "a\/b" is no name of a wave/],
    ['waves: [{ name: rest, select: c }]', /waves\[0\].name: "rest" is the wave of the hosts/],
    ['waves: [{ name: a, select: b }, { name: a, select: c }]', /waves\[1\].name: "a" is there twice/],
    ['waves: [{ name: a, select: b in (c) }]', /waves\[0\].select: .* is no requirement/],
    [wave('take: 0'), /waves\[0\].take: it takes no host/],
    [wave('take: 0.0%'), /waves\[0\].take: it takes no host/],
    [wave('take: half'), /waves\[0\].take: "half" is no number/],
    [wave('failureBudget: 1%%'), /waves\[0\].failureBudget/],
    [wave('soak: -1s'), /waves\[0\].soak: this is "-1s"/],
    ['windows: [{ start: 25:00, end: 02:00 }]', /windows\[0\].start: "25:00" is no time of day/],
    ['windows: [{ start: 24:00, end: 02:00 }]', /windows\[0\].start/],
    ['windows: [{ start: 1:00, end: 02:00 }]', /windows\[0\].start/],
    ['windows: [{ start: 01:00, end: 01:60 }]', /windows\[0\].end/],
    ['windows: [{ start: 01:00, end: 01:00 }]', /windows\[0\]: it ends at 01:00, when it starts/],
    ['windows: [{ days: [], start: 01:00, end: 02:00 }]', /windows\[0\].days: there is no day/],
    ['windows: [{ days: [mon, mon], start: 01:00, end: 02:00 }]', /windows\[0\].days: a day is there twice/],
    ['windows: [{ days: [Mon], start: 01:00, end: 02:00 }]', /windows\[0\].days\[0\]: this is "Mon"; give days as mon/],
    [
      'windows: [{ start: 01:00, end: 02:00, zone: Europe/Bonn }]',
      /windows\[0\].zone: there is no zone "Europe\/Bonn"/,
    ],
    [`blockers: [${'[a],'.repeat(101)}]`, /blockers: .*give at most 100/],
    ['concurrency: 1\nconcurrency: 2', /line 2, column 1: duplicated/],
    ['drain: &a [b]\nhealth: *a', /aliases/],
    ['#'.repeat(2 ** 20 + 1), /^EFBIG/],
  ])('%j is refused with its place', (text, says) => {
    expect(refusal(text)).toMatch(says);
  });

  test('any text gives a policy or a RolloutError', () => {
    const piece = fc.constantFrom(
      'waves',
      'drain',
      ':',
      ' ',
      '\n',
      '- ',
      'name',
      'select',
      '5m',
      '3%',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      '1',
      '~',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        refusal(pieces.join(''));
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('a time as people write it', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['30d', 2_592_000_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  test.each(['', '5', 'm', '5 m', '1.5h', '-1s', '+1s', '5M', '5min', '30d1ms', '1e3s', '1s'.repeat(6), '9999999999s'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
  test('is read back as it is written', () => {
    fc.assert(
      fc.property(fc.nat(2_592_000_000), (ms) => parseDuration(formatDuration(ms)) === ms),
      { seed: 4 },
    );
    expect(formatDuration(5_400_000)).toBe('1h30m');
    expect(formatDuration(0)).toBe('0s');
  });
});

describe('an amount of hosts', () => {
  test.each([
    [7, 100, 7, 7],
    [7, 3, 3, 3],
    ['3%', 100, 3, 3],
    ['3%', 99, 2, 3],
    ['3%', 10, 0, 1],
    ['0%', 10, 0, 0],
    ['100%', 10, 10, 10],
    ['0.29%', 10_000, 29, 29],
    ['0.0001%', 1_000_000, 1, 1],
  ])('%s of %d is %d, rounded up %d', (amount, hosts, down, up) => {
    expect(amountOf(amount, hosts, 'down')).toBe(down);
    expect(amountOf(amount, hosts, 'up')).toBe(up);
  });
  test.each(['3', '%', '3 %', '-3%', '100.1%', '1e1%', '0.00001%', 1.5, -1, Number.NaN, null, undefined, {}])(
    '%s is none',
    (value) => {
      expect(isAmount(value)).toBe(false);
    },
  );
  test('is exact for any hundredth of a percent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.nat(500_000), (hundredths, hosts) => {
        const share = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}%`;
        const whole = (BigInt(hundredths) * BigInt(hosts)) / 10_000n;
        const isWhole = whole * 10_000n === BigInt(hundredths) * BigInt(hosts);
        expect(amountOf(share, hosts, 'down')).toBe(Number(whole));
        expect(amountOf(share, hosts, 'up')).toBe(Number(whole) + (isWhole ? 0 : 1));
      }),
      { seed: 5 },
    );
  });
});

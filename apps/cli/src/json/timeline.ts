import { timedPhases } from '@kexeckit/reboot';
import * as v from 'valibot';
import { unread } from './doctor.ts';
import { address, count, figure, flag, hex, list, object, text, texts, totals, word } from './parts.ts';
import { price, profile } from './profile.ts';

const phase = word(timedPhases, 'the phase');

const loggerTime = object(
  {
    clock: word(['date', 'winter', 'rest-of-year', 'day', 'elapsed'], 'what kind of time the logger writes'),
    micros: v.pipe(v.number(), v.description('microseconds on that clock')),
    resolution: count('what it is rounded to, in microseconds'),
  },
  'when the line came, by the clock of who wrote the log',
);

export const line = object(
  {
    number: count('its number in the log, from 1'),
    text: text('what was said, without times and levels'),
    isKernel: flag('whether printk wrote it'),
    isProgram: flag('whether a program is known to have said it'),
    printk: v.optional(v.pipe(v.number(), v.description('microseconds on the clock of the kernel'))),
    logger: v.optional(loggerTime),
  },
  'a line of a log',
);

const unknownWhy = [
  ...(['no-old-kernel', 'not-kexec', 'no-beginning', 'no-end', 'no-clock', 'clock-restarts'] as const),
  ...(['within-relocation', 'not-reached', 'not-asked-for', 'no-sign'] as const),
] as const;

const lineNumber = v.undefinedable(count('the number of a line; null where the sign is none'));

const measured = {
  basis: v.literal('measured'),
  seconds: figure('seconds'),
  clock: word(['printk', 'logger', 'wall'], 'whose clock'),
  plusMinus: figure('seconds that the rounding of the clock makes it uncertain by'),
  bound: word(['exact', 'at-least', 'at-most', 'about'], 'what the figure is'),
  from: text('the sign that it begins with'),
  to: text('the sign that it ends with'),
  lines: v.pipe(v.strictTuple([lineNumber, lineNumber]), v.readonly(), v.description('the lines of both signs')),
  limits: list(v.picklist(['devices', 'early', 'reckoned', ...timedPhases]), 'what it leaves out or takes in'),
} as const;
const unknown = { basis: v.literal('unknown'), why: word(unknownWhy, 'why there is no time') } as const;

const time = v.variant('basis', [v.strictObject(measured), v.strictObject(unknown)]);

export const phaseTime = v.variant('basis', [
  v.strictObject({ ...measured, phase }),
  v.strictObject({ ...unknown, phase }),
]);

export const passage = object(
  {
    came: word(['log-begins', 'kexec', 'crash-kexec', 'firmware', 'restart', 'unannounced'], 'how the kernel came up'),
    from: v.optional(count('the number of the boot that was left')),
    to: v.optional(count('the number of the boot that was reached')),
    phases: list(phaseTime, 'how long each phase took'),
    total: v.pipe(time, v.description('how long all of it took')),
    measured: v.optional(
      object(
        {
          number: count('the number of the line'),
          text: text('the line'),
          besides: v.optional(count('the number of a line that says something else')),
        },
        'the line kexeckit-run … before it',
      ),
    ),
  },
  'the way from one kernel to the next',
);

const fault = object(
  {
    address: text('the address that could not be reached, as it is printed'),
    access: word(['fetch', 'read-or-write'], 'what was done there'),
    cause: word(['not-mapped', 'not-allowed', 'other'], 'why it failed'),
  },
  'a fault',
);

export const stop = object(
  {
    kind: word(
      [
        ...(['handed-over', 'running', 'starting', 'panic', 'oops', 'hung', 'silent', 'strangers'] as const),
        ...(['mismatch', 'refused', 'firmware', 'restarted', 'cut-off'] as const),
      ],
      'how the kernel ended',
    ),
    boot: count('the number of the boot'),
    phase: v.optional(phase),
    after: line,
    reason: v.optional(line),
    details: texts('more about the reason, from other lines'),
    fault: v.optional(fault),
    cpusOff: count('CPUs that were taken down'),
    cpus: v.optional(count('CPUs that had been brought up')),
  },
  'where a boot stopped',
);

const load = object(
  {
    line: count('the line that says what was loaded'),
    entry: address('where the machine jumps to'),
    flags: hex('the flags of kexec_load'),
    segments: list(
      object({ mem: address('physical address'), memsz: hex('bytes at the destination') }, 'a segment'),
      'what was loaded',
    ),
  },
  'a load by kexec-tools, as kexec -d prints it',
);

const boot = object(
  { number: count('from 1'), first: count('its first line'), last: count('its last line') },
  'a boot',
);

/** What lines of a log say. */
export const logReport = object(
  {
    lines: count('lines that say something'),
    last: v.optional(line),
    boots: list(boot, 'every boot'),
    passages: list(passage, 'the way to each boot'),
    stops: list(stop, 'where each boot stopped'),
    loads: list(load, 'what kexec-tools loaded'),
    cutAt: v.optional(count('the line where reading ended, because there are too many')),
  },
  'what the log says',
);

const fromLog = object(
  {
    kind: v.literal('log'),
    report: logReport,
    totals: totals({
      boots: count('boots'),
      passages: count('ways from one kernel to the next'),
      timed: count('those of them with a time'),
      seconds: figure('seconds of those; each says for itself whether it is exact'),
      troubles: count('boots that stopped where they should not'),
      loads: count('loads'),
      loadedBytes: count('bytes of all segments of all loads'),
    }),
  },
  'what a log says',
);

const unreadEntries = {
  kernelLog: v.optional(unread),
  previousLog: v.optional(unread),
  mark: v.optional(unread),
  bootedAt: v.optional(unread),
  bootId: v.optional(unread),
  startedBy: v.optional(unread),
} as const;

const fromHost = object(
  {
    kind: v.literal('last'),
    report: object(
      {
        passage,
        mark: word(
          [
            ...(['used', 'by-clocks', 'none', 'of-this-boot', 'by-firmware', 'by-panic'] as const),
            ...(['after-this-boot', 'too-old', 'no-clock'] as const),
          ],
          'what the mark is worth',
        ),
        startedBy: v.optional(word(['kexec', 'panic', 'firmware'], 'who started this kernel')),
        previousLog: word(['used', 'none', 'of-another'], 'what the log of the kernel before is worth'),
        strategy: v.optional(text('the strategy of the reboot')),
        stops: list(stop, 'where the kernels stopped'),
      },
      'what the host says of the reboot that led to this boot',
    ),
    unread: object(unreadEntries, 'what could not be read, and why'),
    totals: totals({
      stops: count('kernels whose log is there'),
      troubles: count('those that stopped where they should not'),
      unread: count('what could not be read'),
    }),
  },
  'what this host says of its last reboot',
);

const counts = v.partial(
  v.strictObject({
    instructions: figure('instructions'),
    uncachedAccesses: figure('loads and stores with caching off'),
    lineFills: figure('cache lines brought in'),
    lineCleans: figure('cache lines cleaned'),
    tableWalks: figure('table walks'),
    shutdowns: figure('shutdowns'),
    relocations: figure('relocations'),
    checksums: figure('checksums with the caches off'),
    uncachedDigestBytes: figure('bytes that those were over'),
    startups: figure('startups'),
  }),
);

const row = object(
  {
    source: text('the log, and the line'),
    counts: v.pipe(counts, v.description('what was counted; what is left out is none')),
    seconds: figure('seconds that were measured'),
    bound: v.optional(word(['at-least', 'at-most', 'about'], 'what the time is; left out where it is exact')),
    plusMinus: v.optional(figure('seconds that rounding makes it uncertain by')),
    predicted: figure('seconds by the fitted prices'),
    error: v.pipe(v.number(), v.description('how far they are off: +0.17 predicts 17 % too much')),
  },
  'a row that prices were fitted to',
);

const protocolStep = object(
  {
    megabytes: figure('what is loaded, in units of 2^20 bytes'),
    mmu: word(['off', 'on'], 'how pages are moved'),
    pages: word(['scattered', 'contiguous'], 'how source pages lie'),
    checks: word(['none', 'purgatory'], 'whether digests are compared'),
    line: text('the line that the log has before it'),
  },
  'a reboot to measure',
);

const fromFit = object(
  {
    kind: v.literal('fit'),
    logs: texts('the logs'),
    profile: v.nullable(profile),
    rows: list(row, 'every row'),
    leftOut: list(
      object(
        {
          source: text('the log, and the line'),
          phase,
          why: word([...unknownWhy, 'too-short', 'no-run-line', 'two-run-lines'], 'why it gives no row'),
        },
        'a phase that gives no row',
      ),
      'what gives no row',
    ),
    missing: list(
      object({ price, of: text('what it is the price of'), measure: text('how it is measured') }, 'a missing price'),
      'prices that the logs do not tell',
    ),
    protocol: list(protocolStep, 'what to measure for them'),
    savedTo: v.nullable(text('where the profile was written')),
    totals: totals({
      logs: count('logs'),
      rows: count('rows'),
      seconds: figure('seconds of all rows'),
      leftOut: count('phases that give no row'),
      missing: count('prices that are missing'),
    }),
  },
  'prices that were fitted to logs',
);

export const timeline = v.pipe(
  v.variant('kind', [fromLog, fromHost, fromFit]),
  v.description('What kexeckit timeline prints'),
);

export type EvidenceJson = v.InferOutput<typeof fromLog> | v.InferOutput<typeof fromHost>;
export type FitJson = v.InferOutput<typeof fromFit>;
export type TimelineJson = v.InferOutput<typeof timeline>;

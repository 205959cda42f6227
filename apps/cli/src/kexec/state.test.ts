import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { options } from './options.ts';
import { parseArguments } from './parse.ts';
import { outcomeOf, slotAsked } from './state.ts';
import type { Wanted } from './wanted.ts';

function wantedBy(...args: readonly string[]): Wanted {
  const { found, problem } = parseArguments(args, options);
  expect(problem).toBeUndefined();
  const outcome = outcomeOf(found);
  if (outcome.kind !== 'does') throw new TypeError(`${args.join(' ')} ${outcome.kind}`);
  return outcome.wanted;
}

/** What is done, in the order of kexec-tools' own table: load, shutdown, sync, ifdown, exec, unload. */
function row(...args: readonly string[]): string {
  const { load, shutdown, sync, ifdown, exec, unload } = wantedBy(...args);
  return [load, shutdown, sync, ifdown, exec, unload].map(Number).join(' ');
}

// The state table of kexec-tools 2.0.32.
test.each([
  ['', '1 1 1 0 0 0'],
  ['-l', '1 0 1 0 0 0'],
  ['-p', '1 0 0 0 0 0'],
  ['-e', '0 0 1 1 1 0'],
  ['-f', '1 0 1 1 1 0'],
  ['-u', '0 0 0 0 0 1'],
  ['-S', '0 0 0 0 0 0'],
])('%s does what its row says', (args, expected) => {
  expect(row(...args.split(' ').filter((arg) => arg !== ''))).toBe(expected);
});

describe('of several verbs', () => {
  test.each([
    // Seen with kexec-tools 2.0.25: each sets what it sets, and nothing that another has set comes back.
    ['-u -l', '1 0 0 0 0 1'],
    ['-l -u', '0 0 0 0 0 1'],
    ['-u -p', '1 0 0 0 0 1'],
    ['-f -u', '0 0 0 1 1 1'],
    ['-l -e', '0 0 1 1 1 0'],
    ['-e -l', '1 0 1 1 0 0'],
    ['-p -f', '1 0 1 1 1 0'],
  ])('%s', (args, expected) => expect(row(...args.split(' '))).toBe(expected));

  test('-x and -y win whatever the order, and -S cancels every other', () => {
    const verb = fc.constantFrom('-l', '-p', '-e', '-f', '-u', '-d', '-i', '--no-cma');
    fc.assert(
      fc.property(fc.array(verb), fc.array(verb), (before, behind) => {
        const both = wantedBy(...before, '-x', ...behind);
        expect(both.ifdown).toBe(false);
        expect(wantedBy(...before, '-y', ...behind).sync).toBe(false);
        expect(row(...before, '-S', ...behind)).toBe('0 0 0 0 0 0');
        expect(
          row(...before, '-xy', ...behind)
            .split(' ')
            .filter((_, at) => at !== 2 && at !== 3),
        ).toEqual(
          row(...before, ...behind)
            .split(' ')
            .filter((_, at) => at !== 2 && at !== 3),
        );
      }),
    );
  });

  test('-S asks for a panic, with -l for a reboot', () => {
    expect(
      ['-S', '-l -S', '-S -l', '-p -S', '-lp -S', '-u -S'].map((args) => slotAsked(wantedBy(...args.split(' ')))),
    ).toEqual(['crash', 'next', 'next', 'crash', 'crash', 'crash']);
  });
});

describe('what kexec-tools gets wrong', () => {
  test('-d keeps its meaning before -p and behind it', () => {
    for (const args of [['-d', '-p'], ['-p', '-d'], ['-dp']])
      expect(wantedBy(...args)).toMatchObject({ debug: true, panic: true });
  });

  test('-s leaves the console named before it', () => {
    expect(wantedBy('--serial=ttyAMA0', '-s')).toMatchObject({ serial: 'ttyAMA0', call: 'kexec_file_load' });
  });
});

test('the last of a value, and of a call, counts', () => {
  expect(wantedBy('--append=a', '--command-line', 'b', '-c', '-s', '-a')).toMatchObject({
    append: 'b',
    call: 'either',
  });
  expect(wantedBy('--initrd=a', '--ramdisk=b', '-a', '-c')).toMatchObject({ initrd: 'b', call: 'kexec_load' });
});

test('what only says something is said at once; what is not had is named, unless its value asks for nothing', () => {
  const of = (...args: readonly string[]) => outcomeOf(parseArguments(args, options).found);
  expect(of('-l', '-v', '--hotplug')).toEqual({ kind: 'says', what: 'version' });
  expect(of('-?', '-h')).toEqual({ kind: 'says', what: 'usage error' });
  expect(of('--hotplug', '-v')).toMatchObject({ kind: 'refused', option: { long: ['hotplug'] } });
  expect(of('--entry=0').kind).toBe('does');
  expect(of('--entry=0x1000').kind).toBe('refused');
  const refused = options.flatMap(({ long, effect }) => ('refused' in effect ? long : []));
  expect(refused).toEqual([
    'exec-live-update',
    'load-preserve-context',
    'load-jump-back-helper',
    'load-live-update',
    'entry',
    'hotplug',
  ]);
});

// Every option of the table, with its effect where it is one of its own.
test.each<[args: string, wanted: Partial<Wanted>]>([
  ['-i', { noChecks: true }],
  ['-t Image', { type: 'Image' }],
  ['--mem-min=1 --mem-max 2', { memMin: '1', memMax: '2' }],
  ['--reuseinitrd', { reuseInitrd: true }],
  ['--print-ckr-size', { size: true, load: false, shutdown: false }],
  ['-s', { call: 'kexec_file_load' }],
  ['--no-cma', { noCma: true }],
  ['--force-dtb', {}],
  ['--reuse-cmdline --append x', { reuseCmdline: true, append: 'x' }],
  ['--dtb=x', { dtb: 'x' }],
  ['--serial ttyS0', { serial: 'ttyS0' }],
])('%s', (args, wanted) => expect(wantedBy(...args.split(' '))).toMatchObject(wanted));

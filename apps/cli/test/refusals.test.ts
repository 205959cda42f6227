import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/commands/index.ts';
import { InvalidValue } from '../src/error.ts';
import { expectRefused, kexeckit, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();

describe('what makes no sense is refused with exit code 2 and a hint', () => {
  test.each([
    [['reboot', '--strategy', 'magic'], /--strategy cannot be magic; give one of mmu-off, kernel, mmu-on, reserved, c/],
    [['reboot', '--colour', 'red'], /unknown option '--colour'/],
    [['reboot', 'now'], /too many arguments/],
    [['prove'], /missing required argument 'plan'/],
    [['shutdown'], /unknown command/],
    [['reboot', '--memory', '2G'], /--memory has no meaning on the simulated machine.*--iomem/],
    [['reboot', '--expect', 'x'], /--expect has no meaning/],
    [['reboot', '--machine', 'qemu', '--iomem', 'x'], /--iomem has no meaning on the qemu machine.*--memory/],
    [['reboot', '--machine', 'qemu'], /give one with --kernel/],
    [['reboot', '--machine', 'qemu', '--memory', '2Q'], /--memory cannot be 2Q; give whole MiB/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--expect', '('], /--expect cannot be \(; .*regular expression/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--timeout', '0'], /--timeout cannot be 0; give seconds/],
    [['reboot', '--machine', 'hardware'], /--machine cannot be hardware; give one of simulated, qemu/],
    [['reboot', '--seed', 'one'], /--seed cannot be one; give a whole number/],
    [['reboot', '--cpus', '0'], /1 to 512/],
    [['reboot', '--el', '3'], /give one of 1, 2/],
    [['reboot', '--el', '1', '--vhe'], /--vhe with --el 1/],
    [['reboot', '--el', '2', '--soft-restart'], /--soft-restart at EL2/],
    [['reboot', '--lacks', 'sha256,atomic'], /--lacks cannot be sha256,atomic; did you mean atomics\?/],
    [['reboot', '--lacks', ''], /--lacks cannot be/],
    [['reboot', '--lacks', 'vhe', '--vhe'], /--vhe with --lacks vhe; leave one/],
    [['reboot', '--line', '100'], /--line cannot be 100; give one of 32, 64/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--line', '64'], /--line has no meaning on the qemu machine/],
    [['reboot', '--kernel', '/nowhere/Image'], /cannot read --kernel \/nowhere\/Image/],
    [['reboot', '--iomem', '/nowhere/iomem'], /cannot read --iomem \/nowhere\/iomem/],
    [['reboot', '--initrd', 'x'], /--initrd stands without --kernel/],
    [['reboot', '--save-plan', 'x'], /choose one with --strategy/],
    [['reboot', '--generations', '3'], /choose one with --strategy/],
    [['reboot', '--reserve', '64M'], /add --strategy reserved or crash-region/],
    [['reboot', '--reserve', '64M', '--strategy', 'mmu-on'], /add --strategy reserved or crash-region/],
    [['reboot', '--generations', '0', '--strategy', 'reserved'], /1 to 100/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--generations', '2'], /use the simulated machine/],
    [['reboot', '--strategy', 'mmu-on', '--strategy', 'mmu-off'], /--strategy is given twice; give it once/],
    [['reboot', '--seed', '1', '--seed=1'], /--seed is given twice/],
    [['run', 'plan.json', '--kernel', 'x', '--kernel', 'y'], /--kernel is given twice/],
    [['reboot', '--no-checks', '--strategy', 'mmu-off'], /--no-checks with --strategy mmu-off; leave it out/],
    [['reboot', '--seed', '0x10'], /--seed cannot be 0x10; give a whole number/],
    [['reboot', '--seed', '1e3'], /--seed cannot be 1e3/],
    [['reboot', '--seed', ' 1'], /--seed cannot be {2}1/],
    [['reboot', '--seed', '1.0'], /--seed cannot be 1\.0/],
    [['reboot', '--cpus', '0x4'], /--cpus cannot be 0x4/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--timeout', '1e3'], /--timeout cannot be 1e3; give seconds/],
    [['reboot', '--kernel', '/dev/null'], /--kernel \/dev\/null is a pipe or a device; copy/],
    [
      ['reboot', '--kernel', import.meta.filename, '--initrd', '/dev/null'],
      /--initrd \/dev\/null is a pipe or a device/,
    ],
    [['reboot', '--kernel', '/'], /--kernel \/ is a folder; name a file/],
    [['reboot', '--strategy', 'mmu-on', '--save-plan', '/dev/null'], /--save-plan \/dev\/null is a pipe or a device/],
    [['reboot', '--strategy', 'mmu-on', '--save-plan', '/'], /--save-plan \/ is a folder/],
    [
      ['reboot', '--strategy', 'reserved', '--save-plan', 'x', '--generations', '3'],
      /--save-plan with --generations 3; /,
    ],
    [['load', '--kernel', 'x', '--capture-initrd', 'y'], /--capture-initrd stands without --capture-kernel; give both/],
    [
      ['load', '--kernel', 'x', '--no-capture-kernel', '--capture-append', 'y'],
      /--capture-append with --no-capture-kernel/,
    ],
    [['load', '--kernel', 'x', '--capture-kernel', 'y', '--no-capture-kernel'], /--capture-kernel is given twice/],
    [['load', '--kernel', 'x', '--capture-kernel', '/nowhere/y'], /cannot read --capture-kernel \/nowhere\/y/],
    [['reboot', '--no-capture-kernel'], /--capture-kernel has no meaning on the simulated machine/],
    [['load', '--kernel', 'x', '--kexec-file'], /--kexec-file stands without --strategy kernel/],
    [['load', '--kernel', 'x', '--no-cma'], /--no-cma stands without --kexec-file/],
    [
      ['load', '--kernel', 'x', '--strategy', 'kernel', '--kexec-file', '--no-checks'],
      /--no-checks has no meaning where the running kernel plans by itself; leave it out/,
    ],
    [['load', '--kernel', 'x', '--strategy', 'kernel', '--kexec-file', '--save-plan', 'x'], /--save-plan has no mea/],
    [['reboot', '--kexec-file'], /--kexec-file has no meaning on the simulated machine; leave it out/],
    [['reboot', '--no-cma'], /--no-cma stands without --kexec-file/],
    [
      ['reboot', '--machine', 'linux', '--kernel', '/nowhere/x', '--strategy', 'kernel', '--kexec-file', '--seed', '1'],
      /--seed has no meaning where the running kernel plans by itself/,
    ],
    [['run', '/nowhere/plan.json'], /cannot read the plan \/nowhere\/plan.json/],
    [['diff', '/nowhere/plan.json', 'x'], /cannot read the plan \/nowhere\/plan.json/],
  ])('%j', async (args, message) => {
    await expectRefused(args, message);
  });
});

test.each(['kernel', 'initrd'])('an empty file is refused by the name of its option: --%s', async (option) => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  const kernel = option === 'kernel' ? [] : ['--kernel', import.meta.filename];
  const { code, err } = await kexeckitHere(['reboot', ...kernel, `--${option}`, empty]);
  expect(err).toContain(`--${option} ${empty} is empty; check the path`);
  expect(code).toBe(2);
});

test('a pipe that nobody writes to is refused, and not waited for', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const args of [
    ['run', pipe],
    ['prove', pipe],
    ['diff', pipe, pipe],
    ['reboot', '--iomem', pipe],
    ['reboot', '--kernel', pipe],
    ['reboot', '--strategy', 'mmu-on', '--save-plan', pipe],
  ]) {
    const { code, err } = await kexeckitHere(args);
    expect(err).toContain(`${pipe} is a pipe or a device; `);
    expect(code).toBe(2);
  }
});

test('a file that is far too long, or has no end, is refused before it fills the memory', async () => {
  const long = join(folder, 'long');
  writeFileSync(long, '');
  truncateSync(long, 1900 * 2 ** 20);
  // A regular file, it says, of 0 bytes; it has 2^39 and more.
  const endless = '/proc/self/pagemap';
  for (const [args, path, most] of [
    [['prove', long], long, 64],
    [['prove', endless], endless, 64],
    [['reboot', '--kernel', endless], endless, 128],
    [['reboot', '--kernel', long], long, 1024],
    [['reboot', '--kernel', import.meta.filename, '--initrd', long], long, 1024],
  ] as const) {
    const { code, err } = await kexeckitHere([...args]);
    expect(err).toContain(`${path} has more than ${most} MiB; is it the right file?`);
    expect(code).toBe(2);
  }
});

test.each(['kernel', 'initrd', 'dtb'])(
  '--%s: what is no file, or too long, is refused at once, in one line',
  async (option) => {
    const sparse = join(folder, 'sparse');
    writeFileSync(sparse, '');
    truncateSync(sparse, 23 * 2 ** 30);
    const fifo = join(folder, `fifo-${option}`);
    execFileSync('mkfifo', [fifo]);
    const kernel = option === 'kernel' ? [] : ['--kernel', import.meta.filename];
    for (const [path, message] of [
      ['/dev/zero', 'is a pipe or a device'],
      [fifo, 'is a pipe or a device'],
      [folder, 'is a folder'],
      [sparse, option === 'dtb' ? 'has more than 16 MiB' : 'has more than 1024 MiB'],
      ['/proc/self/mem', 'EIO|cannot read'],
    ] as const) {
      const { code, err } = await kexeckitHere(['reboot', ...kernel, `--${option}`, path]);
      expect(err).toMatch(new RegExp(`--${option} ${path}.*${message}|${message}.*--${option} ${path}`));
      expect(err.trim().split('\n')).toHaveLength(1);
      expect(code).toBe(2);
    }
  },
);

test('a file that says nothing of its length is read to its end', async () => {
  const { code, err } = await kexeckitHere(['reboot', '--kernel', '/proc/self/maps']);
  expect(err).toMatch(/ENOEXEC: \/proc\/self\/maps: no arm64 kernel/);
  expect(code).toBe(1);
});

test('a file that somebody writes to while it is read is refused', async () => {
  const growing = join(folder, 'growing');
  writeFileSync(growing, Buffer.alloc(2 ** 26));
  const reading = kexeckitHere(['reboot', '--kernel', growing]);
  // The file is read by other threads: this one comes to it in between.
  let isDone = false;
  const done = reading.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    appendFileSync(growing, 'x');
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { code, err } = await done;
  expect(err).toContain(`--kernel ${growing} changes while it is read; wait until it is written, and try again`);
  expect(code).toBe(2);
});

test('a name stays in its line, and colours nothing', async () => {
  const { err, out } = await kexeckitHere(['memory', 'a\nb\x1b[31m\tc', '--json']);
  expect(err).toMatch(/^kexeckit: cannot read the map a\\x0ab\\x1b\[31m\\x09c: ENOENT: [^\n]*\n$/);
  expect(JSON.parse(out)).toMatchObject({ error: { message: expect.stringContaining('a\nb\x1b[31m\tc') } });
});

describe('a text that is UTF-16 is told so', () => {
  const utf16 = join(folder, 'utf16');
  writeFileSync(utf16, Buffer.from('\ufeffcrashkernel=256M', 'utf16le'));
  test.for([
    ['explain', '--file', utf16],
    ['explain', 'quiet', '--iomem', utf16],
    ['explain', 'quiet', '--log', utf16],
    ['memory', utf16],
    ['timeline', utf16],
    ['plan', '--profile', utf16],
    ['run', utf16],
  ])('%j', (args) => expectRefused(args, /^kexeckit: [^\n]* is UTF-16; save it as UTF-8\n$/));
});

test.for([['memory'], ['image'], ['timeline'], ['dtb', 'show'], ['disasm'], ['run'], ['timeline', '--fit']])(
  'an empty name is one: %j',
  (args) => expectRefused([...args, ''], /^kexeckit: the [a-z ]+ cannot be empty; name a file\n$/),
);

test('what a file says does not act on the terminal', async () => {
  const plan = join(folder, 'plan\u001b]0;owned\u0007.json');
  writeFileSync(plan, '{"format":"\\u001b[2J\\u009b1m"}');
  const { code, err } = await kexeckit('prove', plan);
  expect(err).toContain('\\x1b]0;owned\\x07.json');
  expect([...err].filter((letter) => letter < ' ' && letter !== '\n')).toEqual([]);
  expect(code).not.toBe(0);
});

describe('a place where nothing can be written is found before the work, in one line', () => {
  const profile = ['timeline', '--fit', '/nowhere/log', '--save-profile'];
  const words = ['tables', 'build', '0x40000000:0x40000000:2M:rw', '--output'];
  const kernel = join(folder, 'no-kernel');
  writeFileSync(kernel, 'no kernel');
  test.each([
    ['--save-plan', ['plan', '--save-plan']],
    ['--save-plan', ['reboot', '--strategy', 'reserved', '--save-plan']],
    ['--save-plan', ['load', '--kernel', '/nowhere/kernel', '--strategy', 'mmu-off', '--save-plan']],
    ['--save-profile', profile],
    ['--collect', ['doctor', '--collect']],
    ['--output', words],
    ['--unpack', ['image', kernel, '--unpack']],
  ])('%s: %j', async (option, args) => {
    for (const [path, reason] of [
      [join(folder, 'missing', 'file'), 'ENOENT: no such file or directory'],
      [join(kernel, 'file'), 'ENOTDIR: not a directory'],
      ['/proc/nothing', '(ENOENT|EACCES|EPERM|EROFS): .*'],
      [join(folder, 'x'.repeat(300)), 'ENAMETOOLONG: name too long'],
    ] as const) {
      const { code, out, err } = await kexeckitHere([...args, path]);
      expect(err).toMatch(new RegExp(`^kexeckit: cannot write ${option} ${path}: ${reason}; check the path\n$`));
      expect([code, out]).toEqual([2, '']);
    }
    const { code, err } = await kexeckitHere([...args, '/dev/null']);
    expect(err).toBe(`kexeckit: ${option} /dev/null is a pipe or a device; name a file\n`);
    expect(code).toBe(2);
  });

  test('and nothing is left of the look', async () => {
    const place = join(folder, 'place');
    mkdirSync(place);
    await kexeckitHere([...profile, join(place, 'profile.json')]);
    expect(readdirSync(place)).toEqual([]);
  });

  test('- is no place for what comes beside a result', async () => {
    await expectRefused(['plan', '--save-plan', '-'], /--save-plan - is standard output, which the result goes to/);
  });
});

/** What may be empty: command lines, and what is printed in the place of a property. */
const MAY_BE_EMPTY = new Set(['append', 'fromAppend', 'captureAppend', 'default']);

const withValues = commands
  .flatMap((command) => ('verbs' in command ? command.verbs : [command]))
  .flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([option, declared]) =>
      'parse' in declared ? [{ command: name, option, parse: declared.parse }] : [],
    ),
  );

test.each(withValues)('$command: an empty --$option is refused, or means something', async ({ option, parse }) => {
  const parsed = (async () => await parse(''))();
  if (MAY_BE_EMPTY.has(option)) expect(await parsed).toBe('');
  else await expect(parsed).rejects.toBeInstanceOf(InvalidValue);
});

import { copyFileSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRun, parseProfile, price, protocol } from '@kexeckit/cost';
import { describe, expect, test } from 'vitest';
import { countsOf, logOf, protocolLogs, truth } from './fit-logs.ts';
import { expectRefused, kexeckit, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();
const raspberry = join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem/raspberrypi_4b_4g.txt');

function write(name: string, contents: string): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

const logs = protocolLogs().map(([name, text]) => write(name, text));

const profile = join(folder, 'board.json');

test('timeline --fit makes a profile of logs, with intervals that hold the truth', async () => {
  const args = ['timeline', '--fit', ...logs, '--name', 'board', '--board', 'a slow board', '--save-profile', profile];
  const { code, out, err } = await kexeckit(...args);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toMatch(/54 rows of 18 logs/);
  expect(out).toMatch(/written to \S+board\.json/);
  expect(out).toMatch(/fitted +an uncached access/);
  expect(out).toMatch(/assumed +an instruction/);
  for (const group of ['shutdown', 'relocation', 'startup'])
    expect(out).toMatch(new RegExp(`0-0\\.log, boot 2 +${group} +\\d`));
  expect(out).toMatch(/one-sided: 18 of 18 times of relocation are no more than that/);
  const saved = parseProfile(readFileSync(profile, 'utf8'));
  expect(saved).toMatchObject({ name: 'board', machine: 'a slow board', measured: '54 rows of 18 logs' });
  for (const [name, { low = 0, high = 0, basis }] of Object.entries(saved.prices)) {
    if (basis !== 'fitted') continue;
    const wanted = new Map(Object.entries(truth)).get(name) ?? Number.NaN;
    expect(low, name).toBeLessThanOrEqual(wanted);
    expect(high, name).toBeGreaterThanOrEqual(wanted);
  }
});

test('timeline --fit without logs is the protocol: three sizes, MMU off and on, one scattered', async () => {
  const { code, out } = await kexeckit('timeline', '--fit');
  expect(code).toBe(0);
  for (const step of protocol) expect(out).toContain(`echo '${formatRun(step)}' > /dev/kmsg`);
  expect(out).toMatch(/a cache line\n +measure relocations with the MMU on/);
});

test('logs that do not tell a price are said to be too few: exit code 1, and what to measure', async () => {
  const off = protocol.flatMap(({ mmu }, at) => (mmu === 'off' ? logs.slice(at, at + 1) : []));
  const { code, out, err } = await kexeckitHere(['timeline', '--fit', ...off]);
  expect(err).toBe('kexeckit: the logs do not tell all prices\n');
  expect(out).toMatch(/not known yet\n +a cache line\n +measure relocations with the MMU on\n +a table walk/);
  expect(code).toBe(1);
  const json = await kexeckitHere(['timeline', '--fit', ...off, '--json']);
  const told = JSON.parse(json.out);
  expect(told.missing.map((each: { price: string }) => each.price)).toContain('perTableWalk');
  expect(told.protocol).toHaveLength(protocol.length);
  expect(told.profile.prices).toHaveProperty('perUncachedAccess');
});

test('collinear, contradictory and outlying rows are said, with the logs that they are of', async () => {
  const off = { mmu: 'off', pages: 'contiguous', checks: 'none' } as const;
  const of = (name: string, megabytes: number, factor: number): string => {
    const step = { ...off, megabytes };
    return write(name, logOf(formatRun(step), price(countsOf(step), truth), factor));
  };
  const good = Array.from({ length: 12 }, (_, at) => of(`good-${at}.log`, 16 * (1 + (at % 3)), 1 + (at % 5) / 200));
  const bad = of('bad.log', 48, 0.4);
  const on = write('on.log', logOf('kexeckit-run megabytes=64 mmu=on pages=scattered checks=none', 0.5));
  const { out } = await kexeckitHere(['timeline', '--fit', ...good, bad, on]);
  expect(out).toMatch(/contradictory: \S+bad\.log, boot 2 took [\d.]+ s for/);
  expect(out).toMatch(/outlier: one row is further off[^\n]*\n +\S+bad\.log, boot 2\n/);
  expect(out).toMatch(
    /collinear: nothing in the only row tells the prices of a cache line and a table walk apart\n +\S+on\.log/,
  );
});

test('a reboot without its line gives no row of the relocation, which is said', async () => {
  const { out } = await kexeckitHere(['timeline', '--fit', write('bare.log', logOf(undefined, 0.5))]);
  expect(out).toMatch(/2 rows of 1 log/);
  expect(out).toMatch(/bare\.log, boot 2, relocation: no line kexeckit-run says what was moved/);
});

describe('misspelt input is refused with exit code 2, naming the line', () => {
  test.each([
    [
      'megabyte=64 mmu=on pages=scattered checks=none',
      /line 3: there is no "megabyte"; write it so: kexeckit-run megabytes=64/,
    ],
    ['megabytes=64MB mmu=on pages=scattered checks=none', /line 3: megabytes cannot be "64MB"/],
    ['megabytes=-64 mmu=on pages=scattered checks=none', /megabytes cannot be "-64"/],
    ['megabytes=NaN mmu=on pages=scattered checks=none', /megabytes cannot be "NaN"/],
    ['megabytes=0 mmu=on pages=scattered checks=none', /nothing was moved/],
    ['megabytes=64 mmu=On pages=scattered checks=none', /mmu cannot be "On"/],
    ['megabytes=64 mmu=on mmu=off pages=scattered checks=none', /mmu is there twice/],
    ['megabytes=64 mmu=on', /it does not say pages and checks/],
  ])('%s', async (words, message) => {
    await expectRefused(['timeline', '--fit', write('misspelt.log', logOf(`kexeckit-run ${words}`, 0.5))], message);
  });

  test.each([
    [['timeline', '--fit', 'x', 'x'], /x is given twice/],
    [['timeline', '--fit', '--last'], /--last with --fit/],
    [['timeline', 'x', '--name', 'y'], /--name stands without --fit/],
    [['timeline', '--fit', '--save-profile', 'y'], /--save-profile without a log/],
    [['timeline', '--fit', 'x', '--save-profile', 'x'], /cannot read the log x/],
    [['timeline', '--fit', '/nowhere/log'], /cannot read the log \/nowhere\/log/],
  ])('%j', async (args, message) => {
    await expectRefused(args, message);
  });
});

describe('a log is what it holds, whatever it is called', () => {
  const log = write('one.log', logOf(undefined, 0.5));
  const link = join(folder, 'link.log');
  symlinkSync(log, link);

  test.each([
    ['a link', () => link, /link\.log is given twice/],
    ['a hard link', (to: string) => linkSync(log, to), /holds what \S+one\.log does; give it once/],
    ['a copy', (to: string) => copyFileSync(log, to), /holds what \S+one\.log does; give it once/],
  ])('%s to it would count its reboots twice', async (name, make, message) => {
    const other = join(folder, `${name}.log`);
    await expectRefused(['timeline', '--fit', log, make(other) ?? other], message);
  });

  test('no profile is written over it through a link', async () => {
    const before = readFileSync(log, 'utf8');
    await expectRefused(['timeline', '--fit', log, '--save-profile', link], /link\.log is the file that is read/);
    const hard = join(folder, 'hard.json');
    linkSync(log, hard);
    await kexeckitHere(['timeline', '--fit', log, '--save-profile', hard]);
    expect(readFileSync(log, 'utf8')).toBe(before);
  });
});

describe('a log that gives no row', () => {
  test('has no profile: exit code 2', async () => {
    const { code, err } = await kexeckitHere(['timeline', '--fit', write('none.log', 'Dear all,\n')]);
    expect(err).toBe('kexeckit: no log has a reboot by kexec with a time\n');
    expect(code).toBe(2);
  });
});

describe('the profile that is given prices every estimate', () => {
  test('of reboot: in text, with intervals and without what was published of another machine', async () => {
    const { code, out } = await kexeckit('reboot', '--strategy', 'mmu-on', '--profile', profile, '--notes');
    expect(code).toBe(0);
    const [, shutdown, relocation] = /mmu-on +37\.0 MiB +\d+ +([\d.]+) +([\d.]+)/.exec(out) ?? [];
    expect(Number(shutdown)).toBeCloseTo(0.05, 3);
    expect(Number(relocation)).toBeGreaterThan(0.07);
    expect(out).toMatch(/profile "board" \(a slow board\), measured: 54 rows of 18 logs/);
    expect(out).toMatch(/90 of 100 runs take\n +mmu-on: shutdown [\d.]+ to [\d.]+, relocation [\d.]+ to [\d.]+/);
    expect(out).toContain('assumed: an instruction takes 2.5e-10 s');
    expect(out).not.toMatch(/Stingray|published/);
  });

  test('of another map, and of a saved plan that is run', async () => {
    const plan = join(folder, 'plan.json');
    const args = ['--iomem', raspberry, '--profile', profile];
    const made = await kexeckit('reboot', '--strategy', 'mmu-on', ...args, '--save-plan', plan, '--json');
    const [report] = JSON.parse(made.out).reboots;
    expect(report.profile).toMatchObject({ name: 'board', machine: 'a slow board', confidence: 0.9 });
    expect(report.timeline[1]).toMatchObject({ basis: 'modelled', low: expect.any(Number), high: expect.any(Number) });
    const ran = await kexeckit('run', plan, ...args, '--json');
    expect(JSON.parse(ran.out).reboots[0].timeline).toEqual(report.timeline);
  });

  test('what it lacks is not known, and is named', async () => {
    const saved = parseProfile(readFileSync(profile, 'utf8'));
    const { perStartup: _, ...prices } = saved.prices;
    const poor = write('poor.json', JSON.stringify({ ...JSON.parse(readFileSync(profile, 'utf8')), prices }));
    const { out } = await kexeckitHere(['reboot', '--strategy', 'mmu-on', '--profile', poor]);
    expect(out).toMatch(/mmu-on +37\.0 MiB +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +\? +\?/);
    expect(out).toMatch(/The profile does not say what it takes for a start of the next kernel/);
  });

  test('what it lacks of a phase that was skipped is not known either', async () => {
    const saved = parseProfile(readFileSync(profile, 'utf8'));
    const { perChecksum: _, ...prices } = saved.prices;
    const poor = write('unchecked.json', JSON.stringify({ ...JSON.parse(readFileSync(profile, 'utf8')), prices }));
    const { out } = await kexeckitHere(['reboot', '--strategy', 'mmu-off', '--profile', poor]);
    expect(out).toMatch(/mmu-off +37\.0 MiB +\d+ +[\d.]+ +[\d.]+ +\(\?\) +[\d.]+ +[\d.]+ s/);
  });

  test.each([
    ['{', /--profile \S+: the profile is wrong: it is not JSON/],
    ['{}', /the profile is wrong: at /],
    ['{"format":"kexeckit-profile/1","unit":"ms"}', /at unit/],
  ])('a file that is none is refused: %s', async (text, message) => {
    await expectRefused(['reboot', '--profile', write('wrong.json', text)], message);
  });

  test('a profile has no meaning where a clock measures, or nothing runs', async () => {
    await expectRefused(
      ['reboot', '--machine', 'qemu', '--kernel', 'x', '--profile', profile],
      /--profile has no meaning/,
    );
    await expectRefused(['prove', 'x', '--profile', profile], /unknown option '--profile'/);
  });
});

describe('a map that no profile describes is of an unknown machine', () => {
  test('in text: no number of another machine', async () => {
    const { code, out } = await kexeckit('reboot', '--iomem', raspberry, '--strategy', 'mmu-on');
    expect(code).toBe(0);
    expect(out).toMatch(/mmu-on +37\.0 MiB +\d+ +\? +\? +\? +\? +\?/);
    expect(out).toContain('Unknown machine: no profile describes this machine');
    expect(out).not.toMatch(/Stingray|published, on/);
  });

  test('in JSON: no seconds, and the reason as a code', async () => {
    const { out } = await kexeckit('reboot', '--iomem', raspberry, '--strategy', 'mmu-off', '--json');
    const { reboots, totals } = JSON.parse(out);
    const [{ profile: none, timeline }] = reboots;
    expect(totals.seconds).toBeNull();
    expect(none).toBeNull();
    expect(timeline).toEqual([
      { phase: 'shutdown', basis: 'unknown', remark: 'unknown machine' },
      { phase: 'relocation', basis: 'unknown', remark: 'unknown machine' },
      { phase: 'checksum', basis: 'skipped', remark: 'unknown machine' },
      { phase: 'startup', basis: 'unknown', remark: 'unknown machine' },
    ]);
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckit, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();
const files = generateWorkload(200_000, 100_000, 1);
const given = (['kernel', 'initrd'] as const).flatMap((name) => {
  const path = join(folder, name);
  writeFileSync(path, files[name]);
  return [`--${name}`, path];
});

describe('plan', () => {
  test('says where everything would stand and what was checked, and writes the plan that prove and run take', async () => {
    const path = join(folder, 'plan.json');
    const { code, out, err } = await kexeckit('plan', '--save-plan', path);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/strategy mmu-on: the plan holds\n +written to .*plan\.json\n/);
    expect(out).toMatch(/kernel +13\.0 MiB +0x[0-9a-f]+ to 0x[0-9a-f]+ +copied by the routine/);
    expect((await kexeckitHere(['prove', path])).code).toBe(0);
    expect((await kexeckitHere(['run', path])).code).toBe(0);
  });

  test('is what reboot would do', async () => {
    const [planned, rebooted] = [join(folder, 'planned.json'), join(folder, 'rebooted.json')];
    const args = ['--strategy', 'reserved', '--seed', '7', '--el', '1'];
    await kexeckitHere(['plan', ...args, '--save-plan', planned]);
    await kexeckitHere(['reboot', ...args, '--save-plan', rebooted]);
    expect(readFileSync(planned, 'utf8')).toBe(readFileSync(rebooted, 'utf8'));
  });

  test('as JSON it has segments, what was checked and what is to be done', async () => {
    const { out } = await kexeckitHere(['plan', '--strategy', 'crash-region', '--json']);
    const { strategy, segments, proof, steps, totals } = JSON.parse(out);
    expect(totals).toMatchObject({ segments: 3, invariants: proof.checks.length, violations: 0 });
    expect(strategy).toBe('crash-region');
    expect(segments.map(({ name }: { name: string }) => name)).toEqual(['kernel', 'initrd', 'dtb']);
    expect(proof.violations).toEqual([]);
    expect(steps.at(-1).kind).toBe('load again');
  });

  test('a place where no plan can be written is found before anything is planned', async () => {
    const { code, err } = await kexeckitHere(['plan', '--save-plan', join(folder, 'no', 'plan.json')]);
    expect(code).toBe(2);
    expect(err).toMatch(/cannot write --save-plan .*plan\.json/);
    expect(err).not.toContain('phase plan');
    const kernel = join(folder, 'kernel');
    await expectRefused(['plan', ...given, '--save-plan', kernel], /--save-plan/);
    expect(readFileSync(kernel)).toEqual(Buffer.from(files.kernel));
  });
});

describe('compare', () => {
  test('runs every strategy on the same machine, and shows them side by side', async () => {
    const { code, out, err } = await kexeckit('compare', ...given);
    expect([code, err]).toEqual([0, '']);
    for (const strategy of ['mmu-off', 'kernel', 'mmu-on', 'reserved', 'crash-region'])
      expect(out).toMatch(new RegExp(`^  ${strategy} +\\d+\\.\\d MiB +\\d+ `, 'm'));
  });

  test('what cannot be on a map is told, and the others are run', async () => {
    const iomem = join(folder, 'small.txt');
    writeFileSync(iomem, '40000000-47ffffff : System RAM\n  40200000-409fffff : Kernel code\n');
    const { code, out } = await kexeckitHere(['compare', '--iomem', iomem, '--reserve', '1G', '--json', ...given]);
    const { strategies, impossible, offers, totals } = JSON.parse(out);
    expect(totals).toEqual({ strategies: 3, impossible: 2, offered: null });
    expect(code).toBe(0);
    expect(impossible.map(({ strategy }: { strategy: string }) => strategy)).toEqual(['reserved', 'crash-region']);
    expect(strategies.map(({ strategy }: { strategy: string }) => strategy)).toEqual(['mmu-off', 'kernel', 'mmu-on']);
    for (const { message, hint } of impossible) expect([message, hint]).not.toContain('');
    expect(offers).toBeNull();
  });

  test('with a machine on which nothing can be it ends with 1', async () => {
    const iomem = join(folder, 'tiny.txt');
    writeFileSync(iomem, '40000000-401fffff : System RAM\n');
    const { code, out, err } = await kexeckitHere(['compare', '--iomem', iomem]);
    expect(code).toBe(1);
    expect(out.match(/^ {2}x .*\(E[A-Z]+\)$/gm)).toHaveLength(5);
    expect(err).toContain('no strategy can be run on this machine with these files');
  });

  test('what modelled times rest on is told when it is asked for', async () => {
    const short = await kexeckitHere(['reboot', '--strategy', 'reserved']);
    expect(short.out).toMatch(/Seconds, modelled with profile "stingray" .*\n.*--notes says what they rest on/);
    expect(short.out).not.toContain('contradictory');
    const long = await kexeckitHere(['reboot', '--strategy', 'reserved', '--notes']);
    expect(long.out).toContain('contradictory: cover letter');
    expect(long.out).not.toContain('--notes');
  });
});

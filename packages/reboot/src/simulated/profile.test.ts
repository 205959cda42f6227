import type { Feature } from '@kexeckit/arm64-machine';
import { CostError, type MachineProfile, stingray } from '@kexeckit/cost';
import { parseIomem, systemRam } from '@kexeckit/ioport';
import { describe, expect, test } from 'vitest';
import { RebootError } from '../error.ts';
import type { RebootRequest } from '../plan/request.ts';
import { reboot } from '../road/reboot.ts';
import { secondsOf, type Timeline, totalSeconds } from '../timeline.ts';
import { generateWorkload } from '../workload.ts';
import { SimulatedMachine } from './machine.ts';
import type { SimulatedOptions } from './options.ts';
import { stingrayIomem } from './stingray.ts';

const request: RebootRequest = {
  ...generateWorkload(600_000, 300_001, 1),
  cmdline: 'console=ttyS0',
  strategy: 'mmu-on',
  seed: 1,
};

const timelineOn = async (options: SimulatedOptions): Promise<Timeline> =>
  (await reboot(new SimulatedMachine(options), request)).ending.timeline;

const other = parseIomem('40000000-7fffffff : System RAM\n  40200000-40ffffff : Kernel code\n');

const slow: MachineProfile = {
  name: 'slow',
  machine: 'a slow board',
  measured: 'by hand',
  confidence: 0.9,
  prices: {
    perShutdown: { seconds: 1, low: 0.9, high: 1.1, basis: 'fitted' },
    perRelocation: { seconds: 2, low: 1.9, high: 2.2, basis: 'fitted' },
    perInstruction: { seconds: 0, basis: 'assumed' },
    perUncachedAccess: { seconds: 0, low: 0, high: 0, basis: 'fitted' },
    perLine: { seconds: 0, low: 0, high: 0, basis: 'fitted' },
    perTableWalk: { seconds: 0, low: 0, high: 0, basis: 'fitted' },
    perStartup: { seconds: 4, basis: 'published' },
  },
  scatter: { shutdown: { relative: 0, rows: 9, spare: 8 }, relocation: { relative: 0, rows: 9, spare: 5 } },
  findings: [],
};

describe('the simulated machine prices with the profile that it is given', () => {
  test('each phase has its fixed term, and its interval', async () => {
    const timeline = await timelineOn({ profile: slow });
    expect(timeline.profile).toEqual(slow);
    expect(timeline.phases).toMatchObject([
      { phase: 'shutdown', basis: 'modelled', seconds: 1, low: 0.9, high: 1.1 },
      { phase: 'relocation', basis: 'modelled', seconds: 2, low: 1.9, high: 2.2 },
      { phase: 'checksum', basis: 'modelled', seconds: 0 },
      { phase: 'startup', basis: 'published', seconds: 4 },
    ]);
    expect(totalSeconds(timeline)).toBe(7);
  });

  test('each instruction is paid once: in the relocation, or in the checksum', async () => {
    const nothing = { seconds: 0, basis: 'assumed' } as const;
    const prices = {
      ...slow.prices,
      perRelocation: nothing,
      perInstruction: { seconds: 1e-9, basis: 'fitted' },
    } as const;
    const { ending } = await reboot(new SimulatedMachine({ profile: { ...slow, prices } }), request);
    const retired = ending.figures.find(({ name }) => name === 'instructions retired')?.value ?? 0;
    const [relocation = 0, checksum = 0] = (['relocation', 'checksum'] as const).map((phase) =>
      secondsOf(ending.timeline, phase),
    );
    expect(relocation + checksum).toBeCloseTo(retired * 1e-9, 12);
    expect(Math.min(relocation, checksum)).toBeGreaterThan(0);
  });

  describe('on CPUs of other kinds', () => {
    const nothing = { seconds: 0, basis: 'assumed' } as const;
    const one = { seconds: 1e-9, basis: 'fitted' } as const;

    test.each([2 ** 16, 2 ** 20])('without SHA-256 a digest of %i bytes is paid in the checksum', async (bytes) => {
      const profile = { ...slow, prices: { ...slow.prices, perRelocation: nothing, perInstruction: one } };
      const of = { ...request, ...generateWorkload(bytes, bytes, 1) };
      const timelineWith = async (without: readonly Feature[]) =>
        (await reboot(new SimulatedMachine({ profile, cpu: { without } }), of)).ending.timeline;
      const [plain, usual] = [await timelineWith(['sha256']), await timelineWith([])];
      const relocation = (of: Timeline): number => (secondsOf(of, 'relocation') ?? Number.NaN) / one.seconds;
      // The last block of each of three segments is its length, which no bytes stand for.
      expect(Math.abs(relocation(plain) - relocation(usual))).toBeLessThan(3 * 2_400);
      expect(secondsOf(plain, 'checksum')).toBeGreaterThan(20 * (secondsOf(usual, 'checksum') ?? Number.NaN));
    });

    test.each([32, 256] as const)('with lines of %i bytes as many are paid as are brought in', async (line) => {
      const profile = { ...slow, prices: { ...slow.prices, perRelocation: nothing, perLine: one } };
      const of: RebootRequest = { ...request, strategy: 'crash-region' };
      const machine = new SimulatedMachine({ profile, cpu: { dataLine: line } });
      const { ending } = await reboot(machine, of);
      const { phases } = ending.timeline;
      const paid = phases.find(({ phase }) => phase === 'checksum')?.seconds ?? Number.NaN;
      const filled = ending.figures.find(({ name }) => name === 'cache lines filled')?.value ?? Number.NaN;
      expect(Math.abs(paid / (filled * 1e-9) - 1)).toBeLessThan(0.02);
    });
  });

  test('whatever its memory is, and after reboots', async () => {
    const machine = new SimulatedMachine({ memory: other, profile: slow });
    expect(secondsOf((await reboot(machine, request)).ending.timeline, 'relocation')).toBe(2);
    expect(secondsOf((await reboot(machine.booted(), request)).ending.timeline, 'relocation')).toBe(2);
  });

  test('what the profile lacks is not known', async () => {
    const { perLine: _, ...prices } = slow.prices;
    const timeline = await timelineOn({ profile: { ...slow, prices } });
    expect(timeline.phases[1]).toEqual({ phase: 'relocation', basis: 'unknown', remark: 'not in the profile' });
    expect(secondsOf(timeline, 'relocation')).toBeUndefined();
    expect(totalSeconds(timeline)).toBeUndefined();
  });

  test('a profile that is none is refused', () => {
    const prices = { perLine: { seconds: Number.NaN, basis: 'fitted' } } as const;
    const made = (): SimulatedMachine => new SimulatedMachine({ profile: { ...slow, prices } });
    expect(made).toThrow(RebootError);
    expect(made).toThrow(expect.objectContaining({ code: 'EINVAL', cause: expect.any(CostError) }));
  });
});

describe('another map without a profile is an unknown machine', () => {
  test('no phase has a time of the Stingray', async () => {
    const timeline = await timelineOn({ memory: other });
    expect(timeline.profile).toBeUndefined();
    for (const time of timeline.phases) expect(time).toMatchObject({ basis: 'unknown', remark: 'unknown machine' });
    expect(totalSeconds(timeline)).toBeUndefined();
  });

  test('a map whose banks begin where those of the Stingray do, and end elsewhere, is another', async () => {
    const own = systemRam(parseIomem(stingrayIomem));
    const banks = own.map(({ start, end }, at) => ({ start, end: at === own.length - 1 ? end - 0x1000_0000n : end }));
    const text = banks.map(({ start, end }) => `${start.toString(16)}-${end.toString(16)} : System RAM\n`).join('');
    const memory = parseIomem(text);
    expect(systemRam(memory).map(({ start }) => start)).toEqual(banks.map(({ start }) => start));
    expect((await timelineOn({ memory })).profile).toBeUndefined();
  });

  test("the Stingray's own map is known, wherever it comes from, and stays so", async () => {
    const machine = new SimulatedMachine({ memory: parseIomem(stingrayIomem) });
    expect((await reboot(machine, request)).ending.timeline.profile).toBe(stingray);
    const next = SimulatedMachine.like(await machine.booted().describe());
    expect((await reboot(next, request)).ending.timeline.profile).toBe(stingray);
  });
});

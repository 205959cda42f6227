import { encode } from '@kexeckit/a64';
import { loadImage, strategies } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { planReboot } from '../plan/plan.ts';
import type { Reality } from '../reality/reality.ts';
import { proveReboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { rehearse } from './rehearse.ts';

const states = {
  EL1: { exceptionLevel: 1 },
  EL2: { exceptionLevel: 2 },
  VHE: { exceptionLevel: 2, vhe: true },
  'soft restart': { exceptionLevel: 1, softRestart: true },
} as const;
const files = generateWorkload(40_000, 20_001, 1);

describe('a correct reboot passes every rehearsal', () => {
  const cases = Object.entries(states).flatMap(([name, state]) =>
    strategies.flatMap(({ name: strategy, canVerify }) =>
      [true, false].flatMap((breadcrumbs) =>
        (canVerify ? [true, false] : [false]).map((verify) => ({ name, state, strategy, verify, breadcrumbs })),
      ),
    ),
  );
  test.each(cases)('$strategy at $name, verify $verify, breadcrumbs $breadcrumbs', async (setup) => {
    const { state, strategy, verify, breadcrumbs } = setup;
    const machine = new SimulatedMachine(state);
    const request = { ...files, cmdline: '', strategy, seed: 5, verify, breadcrumbs };
    const { reality, ...loaded } = await proveReboot(machine, request);
    const report = await rehearse(loaded, reality, { thorough: true });
    expect(report.runs.length).toBeGreaterThan(3);
  });
});

describe('a correct reboot passes on other machines too', () => {
  const large = generateWorkload(400_000, 200_000, 2);

  test.each([
    ['mmu-on', 16],
    ['mmu-on', 256],
    ['mmu-on', 2048],
    ['mmu-off', 256],
  ] as const)('%s, data cache lines of %i bytes', async (strategy, dataLine) => {
    const request = { ...large, cmdline: '', strategy, seed: 5, verify: false };
    const { reality, ...loaded } = await proveReboot(new SimulatedMachine(), request);
    const features = { ...reality.features, dataLine };
    expect((await rehearse(loaded, { ...reality, features })).runs.length).toBe(1);
  });

  test('with a console that does not begin its page', async () => {
    const machine = new SimulatedMachine();
    const described = await machine.describe();
    const reality = { ...described, console: { kind: 'pl011', address: 0x0900_0400n } } as const;
    const request = { ...files, cmdline: '', strategy: 'mmu-on', seed: 5, breadcrumbs: true } as const;
    const { plan, contents } = await planReboot(request, reality);
    const image = loadImage(plan.stage, contents);
    expect((await rehearse({ plan, contents, image }, reality)).runs.length).toBe(1);
  });
});

/** A stage whose routine has one word exchanged, or more work put in front of the one that matches. */
async function sabotaged(
  strategy: 'mmu-on' | 'mmu-off' | 'reserved',
  verify: boolean,
  change: (words: Uint32Array, dtb: bigint) => void,
): Promise<readonly [Parameters<typeof rehearse>[0], Reality]> {
  const { reality, ...loaded } = await proveReboot(new SimulatedMachine(), {
    ...generateWorkload(9000, 5001, 2),
    ...{ cmdline: '', strategy, seed: 5, verify },
  });
  const { stage } = loaded.plan;
  const controlPages = stage.controlPages.map((page) => {
    if (page.owner !== 'routine') return page;
    const bytes = page.bytes.slice();
    change(new Uint32Array(bytes.buffer), stage.placement.dtb);
    return { ...page, bytes };
  });
  const changed = { ...stage, controlPages };
  const image = loadImage(changed, loaded.contents);
  return [{ ...loaded, image, plan: { ...loaded.plan, stage: changed } }, reality];
}

/** Puts words in front of the last one that clears x1, which is on the way to the jump, behind the end of the routine. */
function detour(words: Uint32Array, put: readonly number[]): void {
  const target = encode('movz', 1, 0, 0);
  const at = words.lastIndexOf(target);
  const end = words.findLastIndex((word) => word !== 0) + 5;
  words.set([...put, target, encode('b', 4 * (at - end - put.length))], end);
  words[at] = encode('b', 4 * (end - at));
}

const load64 = (register: number, value: bigint): number[] =>
  [0, 16, 32, 48].map((shift) =>
    encode(shift === 0 ? 'movz' : 'movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift),
  );

describe('memory that is nobody’s is not touched', () => {
  test.each(['mmu-off', 'reserved'] as const)('not even right behind the device tree: %s', async (strategy) => {
    for (const page of [1n, 2n]) {
      for (const access of [
        [encode('ldr', 16, 15, 0)],
        [...load64(16, 0xa5a5_a5a5_a5a5_a5a5n), encode('str', 16, 15, 0)],
      ]) {
        const arrange = sabotaged(strategy, false, (words, dtb) =>
          detour(words, [...load64(15, dtb + page * 4096n), ...access]),
        );
        await expect(rehearse(...(await arrange))).rejects.toMatchObject({ complaint: 'stray access' });
      }
    }
    const harmless = sabotaged(strategy, false, (words) => detour(words, load64(15, 0n)));
    expect((await rehearse(...(await harmless))).runs).toHaveLength(1);
  });
});

test.each([
  ['AES, SHA-1 and SHA-256', 4, 12],
  ['SHA-1 and SHA-256', 8, 8],
  ['AES', 4, 4],
  ['SHA-512 too', 13, 3],
])('who asks for other instructions than SHA-256 is found out: %s', async (_, low, width) => {
  const asks = encode('ubfm', 26, 26, 12, 15);
  const arrange = await sabotaged('mmu-on', true, (words) => {
    expect(words.includes(asks)).toBe(true);
    words[words.indexOf(asks)] = encode('ubfm', 26, 26, low, low + width - 1);
  });
  const [loaded, reality] = arrange;
  await expect(rehearse(loaded, reality, { thorough: true })).rejects.toMatchObject({ phase: { name: 'rehearse' } });
});

test('what cannot be loaded is not rehearsed, nor anything for somebody who has gone', async () => {
  const { reality, ...loaded } = await proveReboot(new SimulatedMachine(), {
    ...files,
    cmdline: '',
    strategy: 'reserved',
    seed: 1,
  });
  const { stage } = loaded.plan;
  const segments = stage.placement.segments.map((segment) => ({ ...segment, memsz: 2n ** 40n }));
  const plan = { ...loaded.plan, stage: { ...stage, placement: { ...stage.placement, segments } } };
  await expect(rehearse({ ...loaded, plan }, reality)).rejects.toMatchObject({ code: 'EINVAL' });
  const signal = AbortSignal.abort();
  await expect(rehearse(loaded, reality, { signal })).rejects.toThrow(signal.reason);
});

describe('what was noted while a digest was proved', () => {
  const large = generateWorkload(400_000, 200_000, 2);

  test.each(['mmu-on', 'reserved'] as const)('does not hide what has changed since: %s', async (strategy) => {
    const request = { ...large, cmdline: '', strategy, seed: 5 };
    const { reality, ...loaded } = await proveReboot(new SimulatedMachine(), request);
    const initrd = loaded.contents.get('initrd');
    expect(loaded.notes).toBeDefined();
    initrd?.fill(0x77, 5 * 4096 + 100, 5 * 4096 + 101);
    await expect(rehearse(loaded, reality)).rejects.toMatchObject({ code: 'EIO', complaint: 'digest' });
  });
});

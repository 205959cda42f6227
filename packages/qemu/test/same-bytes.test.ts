import {
  figureOf,
  generateWorkload,
  planReboot,
  refuseUnproved,
  SimulatedMachine,
  type Workload,
} from '@kexeckit/reboot';
import { runLoaded } from '@kexeckit/reboot/testing';
import { loadImage, prove, type Strategy, strategies } from '@kexeckit/relocation';
import { type Case as Chosen, chosen, debianKernel, whyNoDebianKernel, whyNoQemu } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { QemuMachine, type QemuOptions } from '../src/index.ts';

/** How the routine is entered, and how it leaves. */
const states = {
  EL1: { exceptionLevel: 1 },
  EL2: { exceptionLevel: 2 },
  'EL2 with VHE': { exceptionLevel: 2, vhe: true },
  'EL1, handing over at EL2': { exceptionLevel: 1, softRestart: true },
} satisfies Record<string, Partial<QemuOptions>>;
type State = keyof typeof states;
const stateNames = ['EL1', 'EL2', 'EL2 with VHE', 'EL1, handing over at EL2'] satisfies State[];

interface Case extends Chosen {
  readonly strategy: Strategy & { readonly name: (typeof strategies)[number]['name'] };
  readonly state: State;
  readonly verify: boolean;
}

/**
 * Lets the strict machine and QEMU execute the words of one plan from one image of memory, both up to the jump. Each
 * compares what it finds with the files; here they are compared with each other.
 */
async function holdAgainstEachOther(workload: Workload, { strategy, state, verify }: Case): Promise<number> {
  const qemu = new QemuMachine({ memory: 2n << 30n, cpus: 2, until: 'jump', ...states[state] });
  const reality = await qemu.describe();
  const request = { ...workload, cmdline: 'console=ttyAMA0', strategy: strategy.name, seed: 2, verify };
  const { plan, contents } = await planReboot(request, reality);
  const image = loadImage(plan.stage, contents);
  refuseUnproved(prove(plan.stage, image, contents, reality));
  const strict = await runLoaded(SimulatedMachine.like(reality), { plan, contents, image });
  const emulated = await runLoaded(qemu, { plan, contents, image });
  expect(emulated.destinations).toEqual(strict.destinations);
  expect(strict.destinations.map(({ segment }) => segment)).toEqual(['kernel', 'initrd', 'dtb']);
  expect(figureOf(strict, 'segments verified')).toBe(verify ? 3 : undefined);
  expect(emulated.timeline.phases.at(-1)).toMatchObject({ phase: 'startup', basis: 'skipped' });
  return strict.destinations.reduce((sum, { bytes }) => sum + bytes, 0);
}

const everyCase = strategies.flatMap((strategy) => stateNames.map((state) => ({ strategy, state })));

describe('the two referees end with the same bytes', () => {
  const small = everyCase.map((one): Case => ({ ...one, verify: one.strategy.canVerify }));

  test.for(small)('a small kernel, $strategy.name, $state, verified: $verify', async (one, { skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
    expect(await holdAgainstEachOther(generateWorkload(600_000, 300_001, 1), one)).toBeGreaterThan(900_000);
  });

  // SHA-256 takes both machines seconds: it is compared in every state where pages are copied, and once of the strategies
  // that execute the same words in place. What the running kernel delivers stands there, too.
  const firstInPlace = strategies.find(({ region }) => region !== undefined)?.name;
  const undelivered = small.filter(({ strategy }) => !strategy.delivers);
  const large = undelivered.map((one): Case => {
    const { name, canVerify, region } = one.strategy;
    const digests = region === undefined || (name === firstInPlace && one.state === 'EL2');
    const whole = { ...one, verify: canVerify && digests };
    return one.state === 'EL2' ? { ...whole, often: true } : whole;
  });

  test.for(chosen(large))(
    "Debian's 73 MB, $strategy.name, $state, verified: $verify",
    { timeout: 400_000 },
    async (one, { skip }) => {
      const reason = whyNoDebianKernel();
      if (reason !== undefined) skip(reason);
      expect(await holdAgainstEachOther(debianKernel(), one)).toBeGreaterThan(70 * 2 ** 20);
    },
  );
});

import { parseIomem, type ResourceTree, systemRam } from '@kexeckit/ioport';
import { loadImage, type StrategyName, strategies } from '@kexeckit/relocation';
import {
  minimalDeviceTree,
  parsePlan,
  planReboot,
  proveReboot,
  type Reality,
  type RebootRequest,
  realityOf,
  SimulatedMachine,
  savePlan,
} from '../../src/index.ts';
import { files } from './files.ts';
import { hostileAddress, hostileNumber, hostileText, hostileWord, pretend } from './hostile.ts';
import { randomMap } from './maps.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const plainMap = (): ResourceTree => parseIomem('40000000-4fffffff : System RAM\n  48000000-49ffffff : Crash kernel\n');

const NAMES: readonly StrategyName[] = strategies.map(({ name }) => name);

/** A kernel file with a header that says what it likes, or none. */
function hostileKernel(random: Random): Uint8Array {
  const kernel = files.kernel.slice();
  const view = new DataView(kernel.buffer);
  if (random.chance(0.5)) view.setBigUint64(16, hostileWord(random), true);
  if (random.chance(0.3)) view.setBigUint64(8, hostileWord(random), true);
  if (random.chance(0.1)) kernel[random.below(64)] = random.below(256);
  return random.chance(0.1) ? kernel.subarray(0, random.pick([0, 1, 63, 64, 4096])) : kernel;
}

const givenTree = minimalDeviceTree(systemRam(plainMap()), 1);

function requestOf(random: Random, isOdd: boolean): RebootRequest {
  const odd = (probability: number): boolean => isOdd && random.chance(probability);
  return {
    kernel: odd(0.4) ? hostileKernel(random) : files.kernel,
    ...(random.chance(0.8) && { initrd: odd(0.2) ? random.bytes(random.pick([0, 1, 4096])) : files.initrd }),
    cmdline: odd(0.3) ? hostileText(random) : 'console=ttyAMA0 crashkernel=64M',
    strategy: odd(0.05) ? pretend('"magic"') : random.pick(NAMES),
    seed: odd(0.1) ? hostileNumber(random) : random.below(100),
    ...(odd(0.3) && { reserve: hostileText(random) }),
    ...(random.chance(0.3) && { verify: random.chance(0.5) }),
    ...(random.chance(0.3) && { breadcrumbs: true }),
    ...(odd(0.2) && { dtb: hostileTree(givenTree, random) }),
    ...(odd(0.5) && { anyInitrd: true }),
    ...(odd(0.2) && { takes: pretend(random.pick(['["initrd"]', '["dtb", "magic"]', '7', '[]'])) }),
  };
}

/** A blob with some of its bytes changed. */
function hostileTree(dtb: Uint8Array, random: Random): Uint8Array {
  const made = dtb.slice();
  for (let change = random.below(4); change >= 0; change--)
    made[random.chance(0.5) ? random.below(72) : random.below(made.length)] = random.pick([
      0,
      1,
      255,
      random.below(256),
    ]);
  return random.chance(0.2) ? made.subarray(0, random.below(made.length)) : made;
}

function realityFrom(memory: ResourceTree, random: Random, isOdd: boolean): Reality {
  const odd = (probability: number): boolean => isOdd && random.chance(probability);
  const exceptionLevel = odd(0.1)
    ? pretend<1 | 2>(random.pick(['0', '3', '1.5', '1e300']))
    : random.pick([1, 2] as const);
  const dtb = minimalDeviceTree(isOdd ? [] : systemRam(memory), 2);
  return realityOf({
    name: odd(0.1) ? hostileText(random) : 'any',
    memory,
    cpus: odd(0.1) ? hostileNumber(random) : 2,
    features: {
      granules: ['4K'],
      paBits: odd(0.1) ? random.pick([32, 36, 40, 52]) : 52,
      sha256: true,
      vhe: true,
      dataLine: 64,
      instructionLine: 64,
    },
    exceptionLevel,
    vhe: exceptionLevel === 2 && random.chance(0.3),
    softRestart: odd(0.1) || (exceptionLevel === 1 && random.chance(0.3)),
    console: { kind: 'pl011', address: odd(0.2) ? hostileAddress(random) : 0x900_0000n },
    dtb: odd(0.3) ? hostileTree(dtb, random) : dtb,
    registered: odd(0.2)
      ? [{ name: 'kernel', mem: hostileAddress(random), memsz: hostileAddress(random), bufsz: 0n }]
      : [],
    canReserve: random.chance(0.7),
  });
}

/** Any memory map: what can be planned on it is loaded and proved, too. */
export const memoryMap: Target = {
  name: 'memory map',
  async run(random) {
    const memory = randomMap(random);
    const reality = realityFrom(memory, random, false);
    const request = requestOf(random, false);
    const { plan, contents } = await planReboot(request, reality);
    loadImage(plan.stage, contents);
    const { exceptionLevel } = plan.stage;
    await proveReboot(new SimulatedMachine({ memory, exceptionLevel, canReserve: reality.canReserve }), request);
  },
};

/** Any request, on any machine. */
export const request: Target = {
  name: 'request and reality',
  async run(random) {
    const reality = realityFrom(random.chance(0.7) ? plainMap() : randomMap(random), random, true);
    const { plan, contents } = await planReboot(requestOf(random, true), reality);
    parsePlan(savePlan(plan));
    loadImage(plan.stage, contents);
  },
};

/** Options of a machine. */
export const options: Target = {
  name: 'machine options',
  async run(random) {
    const machine = new SimulatedMachine({
      ...(random.chance(0.5) && { cpus: hostileNumber(random) }),
      ...(random.chance(0.5) && { exceptionLevel: pretend<1 | 2>(random.pick(['0', '1', '2', '3', '1.5'])) }),
      ...(random.chance(0.3) && { vhe: random.chance(0.5) }),
      ...(random.chance(0.3) && { softRestart: random.chance(0.5) }),
      ...(random.chance(0.3) && { adversary: hostileNumber(random) }),
      ...(random.chance(0.3) && { dtb: random.bytes(random.below(100)) }),
      memory: random.chance(0.5) ? plainMap() : randomMap(random),
    });
    await machine.describe();
  },
};

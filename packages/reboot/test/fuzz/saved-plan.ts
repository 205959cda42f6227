import { createHash } from 'node:crypto';
import { parseIomem } from '@kexeckit/ioport';
import { loadImage, strategies } from '@kexeckit/relocation';
import { parsePlan, proveReboot, SimulatedMachine, type SimulatedOptions, savePlan } from '../../src/index.ts';
import { files } from './files.ts';
import { mutate, type Value } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const MAP = `40000000-47ffffff : System RAM
  40210000-40ffffff : Kernel code
  44000000-440fffff : reserved
880000000-88fffffff : System RAM
`;

const machines: readonly SimulatedOptions[] = [
  { exceptionLevel: 1 },
  { exceptionLevel: 2, vhe: true },
  { exceptionLevel: 1, softRestart: true },
];

/** A saved plan, and the machine that it was made on. */
interface Saved {
  readonly text: string;
  readonly machine: SimulatedMachine;
}

async function savedPlans(): Promise<Saved[]> {
  const made: Saved[] = [];
  for (const { name } of strategies) {
    for (const [seed, options] of machines.entries()) {
      const machine = new SimulatedMachine({ ...options, memory: parseIomem(MAP) });
      const request = { ...files, cmdline: 'console=ttyAMA0', strategy: name, seed, breadcrumbs: seed !== 1 };
      const { plan } = await proveReboot(machine, request);
      made.push({ text: savePlan(plan), machine });
    }
  }
  return made;
}

/** The text of a plan again, with a seal that fits it. */
function sealed(document: { [key: string]: Value }): string {
  const { format = null, seal: _, ...content } = document;
  const seal = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return JSON.stringify({ format, seal, ...content });
}

const PIECES = ['', '{', '}', '"', ',', '1e999', '\u0000', '"__proto__":{},', '['.repeat(20_000), ' '.repeat(1000)];

function spoilText(text: string, random: Random): string {
  const at = random.below(text.length);
  const piece = random.pick(PIECES);
  return random.chance(0.3) ? text.slice(0, at) : text.slice(0, at) + piece + text.slice(at + random.below(5));
}

function spoil(text: string, random: Random): string {
  if (random.chance(0.05)) return spoilText(text, random);
  const document: Value = JSON.parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return text;
  for (let change = random.below(3); change >= 0; change--) {
    // What runs stands in the stage.
    const key = random.chance(0.8) ? 'stage' : random.pick(Object.keys(document));
    const member = document[key];
    if (member !== undefined) document[key] = mutate(member, random);
  }
  return sealed(document);
}

const plans = savedPlans();

/** Saved plans that somebody has changed, and sealed again: read, loaded, proved, staged. */
export const savedPlan: Target = {
  name: 'saved plan',
  async run(random) {
    const { text, machine } = random.pick(await plans);
    const plan = parsePlan(spoil(text, random));
    const contents = new Map([
      ['kernel', files.kernel],
      ['initrd', files.initrd],
      ['dtb', plan.dtb],
    ]);
    const image = loadImage(plan.stage, contents);
    await proveReboot(machine, { plan, files });
    await (await machine.stage({ plan, contents, image })).discard();
  },
};

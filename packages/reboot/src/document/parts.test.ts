import { ensureNode, type Fdt, parseFdt, removeProperty, serializeFdt, setProperty, stringValue } from '@kexeckit/fdt';
import type { PlannedSegment } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { phases } from '../phases.ts';
import { planReboot, type RebootPlan } from '../plan/plan.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { checkParts } from './parts.ts';

const files = generateWorkload(200_000, 100_000, 3);

async function planOf(strategy: 'mmu-on' | 'reserved', cmdline = 'console=ttyS0 é'): Promise<RebootPlan> {
  const reality = await new SimulatedMachine().describe();
  return (await planReboot({ ...files, cmdline, strategy, seed: 1 }, reality)).plan;
}

/** The plan with another tree, and a segment that is as long. */
function withTree(plan: RebootPlan, change: (fdt: Fdt) => void): RebootPlan {
  const fdt = parseFdt(plan.dtb);
  change(fdt);
  const dtb = serializeFdt(fdt);
  const bufsz = BigInt(dtb.length);
  const fitted = withSegments(plan, (segments) =>
    segments.map((segment) => (segment.name === 'dtb' ? { ...segment, bufsz } : segment)),
  );
  return { ...fitted, dtb };
}

function withSegments(plan: RebootPlan, change: (segments: readonly PlannedSegment[]) => PlannedSegment[]): RebootPlan {
  const { placement } = plan.stage;
  return { ...plan, stage: { ...plan.stage, placement: { ...placement, segments: change(placement.segments) } } };
}

const bootargs =
  (value: Uint8Array) =>
  (plan: RebootPlan): RebootPlan =>
    withTree(plan, (fdt) => setProperty(ensureNode(fdt, '/chosen'), 'bootargs', value));

const initrd =
  (change: (segment: PlannedSegment) => PlannedSegment[]) =>
  (plan: RebootPlan): RebootPlan =>
    withSegments(plan, (segments) =>
      segments.flatMap((segment) => (segment.name === 'initrd' ? change(segment) : [segment])),
    );

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a plan that contradicts itself is refused', () => {
  const plan = planOf('mmu-on');

  test('and one that does not is not', async () => {
    for (const strategy of ['mmu-on', 'reserved'] as const) checkParts(await planOf(strategy));
    checkParts(await planOf('mmu-on', ''));
    checkParts(bootargs(bytes('console=ttyS0 é\0 init=/bin/sh\0'))(await plan));
  });

  test.each<[string, RegExp, (plan: RebootPlan) => RebootPlan]>([
    ['other bootargs', /bootargs/, bootargs(stringValue('console=ttyS0 mem=1M'))],
    ['bootargs whose end is lost', /bootargs/, bootargs(bytes('console=ttyS0 é'))],
    ['bootargs that are no text', /bootargs/, bootargs(Uint8Array.of(0xff, 0))],
    [
      'no bootargs',
      /bootargs/,
      (made) => withTree(made, (fdt) => removeProperty(ensureNode(fdt, '/chosen'), 'bootargs')),
    ],
    [
      'a second /chosen',
      /bootargs.* and nothing/,
      (made) => withTree(made, (fdt) => fdt.root.children.push({ name: 'chosen@0', properties: [], children: [] })),
    ],
    [
      'a region that nobody plans with',
      /kexeckit,kexec-region/,
      (made) =>
        withTree(made, (fdt) =>
          setProperty(ensureNode(fdt, '/chosen'), 'kexeckit,kexec-region', new Uint8Array(16).fill(1)),
        ),
    ],
    ['no initramfs', /inputs and the segments/, initrd(() => [])],
    ['an initramfs under another name', /"ramdisk"/, initrd((segment) => [{ ...segment, name: 'ramdisk' }])],
    ['an initramfs cut short', /inputs.initrd/, initrd((segment) => [{ ...segment, bufsz: 1n }])],
    ['one segment too many', /inputs and the segments/, initrd((segment) => [segment, { ...segment, name: 'more' }])],
    ['an initramfs out of nothing', /segments/, (made) => ({ ...made, inputs: { ...made.inputs, initrd: undefined } })],
  ])('%s', async (_, message, change) => {
    const contradicting = change(await plan);
    expect(() => checkParts(contradicting)).toThrow(
      expect.objectContaining({ code: 'EINVAL', phase: phases.inputs, message: expect.stringMatching(message) }),
    );
  });

  test('the region that the next kernel is told of', async () => {
    const made = await planOf('reserved');
    expect(made.generation?.half).toBeDefined();
    const silent = withTree(made, (fdt) => removeProperty(ensureNode(fdt, '/chosen'), 'kexeckit,kexec-region'));
    expect(() => checkParts(silent)).toThrow(/generation and kexeckit,kexec-region/);
    const parameter = 'kexeckernel=1M';
    const forgetful = { ...made, generation: made.generation && { ...made.generation, parameter } };
    expect(() => checkParts(forgetful)).toThrow(/generation and its parameter/);
  });
});

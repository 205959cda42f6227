import { addressOf, hex, pfnOf } from '../page.ts';
import { copiesOf, type StagePlan } from '../stage.ts';
import { impossibleIn } from './impossible.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

/** The plan is for this machine, in the state in which the old kernel will leave it. */
export function checkMachine({ stage, world, isTranslated }: PlanView, ledger: Ledger): void {
  const complain = (detail: string): void => ledger.violated('machine', pfnOf(stage.start), ['stage'], detail);
  const { exceptionLevel, vhe, softRestart } = world;
  if (stage.exceptionLevel !== exceptionLevel)
    complain(`the plan is for EL${stage.exceptionLevel}, the machine is at EL${exceptionLevel}`);
  if (stage.vhe !== vhe) complain(`the plan is for EL2 ${stage.vhe ? 'with' : 'without'} VHE, unlike the machine`);
  if (vhe && !world.features.vhe) complain('the CPU has no VHE');
  if (stage.softRestart !== softRestart)
    complain(`the plan hands over ${stage.softRestart ? 'at EL2' : 'where it runs'}, unlike the machine`);
  if (isTranslated && !world.features.granules.includes('4K')) complain('the CPU has no 4K granule for its tables');
  const impossible = impossibleIn(world);
  if (impossible !== undefined) complain(`the machine says ${impossible}`);
  else checkReach(stage, world.features.paBits, complain);
  ledger.checked('machine', 7);
}

/** Whatever is touched has an address that the CPU can make, with the MMU off too. */
function checkReach(stage: StagePlan, paBits: number, complain: (detail: string) => void): void {
  const limit = 1n << BigInt(paBits);
  const beyond = (what: string, end: bigint): void => {
    if (end > limit) complain(`${what} ends at ${hex(end)}, and the CPU has ${paBits} bits of physical address`);
  };
  for (const { name, mem, memsz } of stage.placement.segments) if (memsz > 0n) beyond(name, mem + memsz);
  for (const { pfn, owner } of stage.controlPages) beyond(owner, addressOf(pfn + 1));
  if (stage.breadcrumbs !== undefined) beyond('the console', stage.breadcrumbs.uart + 4n);
  let highest = 0;
  for (const { source, pages } of copiesOf(stage)) highest = Math.max(highest, source + pages);
  beyond('a source', addressOf(highest));
}

import { addressOf, pfnOf } from '../page.ts';
import type { ControlPageOwner, RelocationPlan } from '../plan.ts';
import { emitRoutine } from '../routine/routine.ts';
import { emitVectors } from '../routine/vectors.ts';
import { segmentEnd } from '../segment.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

const MIB2 = 0x200000n;
const GIB = 1n << 30n;

/** The loaded routine, and vectors, against a fresh emission from the plan's own values. */
export function checkRoutine(view: PlanView, ledger: Ledger): void {
  const { plan } = view;
  const pageOf = (owner: ControlPageOwner): bigint | undefined => {
    const page = plan.controlPages.find((control) => control.owner === owner);
    return page && addressOf(page.pfn);
  };
  const [constants, workspace] = [pageOf('constants'), pageOf('workspace')];
  const routine = emitRoutine({
    kind: plan.routineKind,
    exceptionLevel: plan.exceptionLevel,
    vhe: plan.vhe,
    entry: plan.entry,
    dtb: plan.dtb,
    head: plan.head,
    translation: plan.translation?.registers,
    verification: constants === undefined || workspace === undefined ? undefined : { constants, workspace },
    breadcrumbs: plan.breadcrumbs,
    softRestart: plan.softRestart,
  });
  checkWords(view, ledger, 'routine', plan.routine, routine.words);
  if (!plan.softRestart) {
    if (plan.jump !== plan.routine + BigInt(routine.jumpOffset))
      ledger.violated('routine', pfnOf(plan.routine), ['routine'], 'the jump is not where the plan says');
    return;
  }
  const vectors = emitVectors();
  const at = plan.vectors ?? 0n;
  checkWords(view, ledger, 'vectors', at, vectors.words);
  if (plan.jump !== at + BigInt(vectors.jumpOffset) || pageOf('vectors') !== at)
    ledger.violated('routine', pfnOf(at), ['vectors'], 'the jump is not where the plan says');
}

function checkWords(view: PlanView, ledger: Ledger, owner: string, address: bigint, words: Uint32Array): void {
  const pfn = pfnOf(address);
  const page = view.image.page(pfn);
  const loaded = page && new Uint32Array(page.buffer, page.byteOffset, 1024);
  words.forEach((word, index) => {
    if (loaded?.[index] === word) return;
    const found = `0x${(loaded?.[index] ?? 0).toString(16)}`;
    ledger.violated('routine', pfn, [owner], `word ${index} is ${found}, not 0x${word.toString(16)}`);
  });
  ledger.checked('routine', words.length);
}

/** Documentation/arch/arm64/booting.rst, "Setup the device tree" and "Call the kernel image". */
export function checkHandOver(view: PlanView, ledger: Ledger): void {
  const { plan } = view;
  const complain = (address: bigint, owner: string, detail: string): void =>
    ledger.violated('hand-over', pfnOf(address), [owner], detail);
  const kernel = segmentAt(plan, plan.entry);
  if (kernel === undefined) complain(plan.entry, 'entry', 'no segment holds the entry point');
  const dtb = segmentAt(plan, plan.dtb);
  if (dtb === undefined || dtb.mem !== plan.dtb) complain(plan.dtb, 'dtb', 'no segment starts at the device tree');
  else if (dtb.memsz > MIB2 || dtb.mem / MIB2 !== segmentEnd(dtb) / MIB2)
    complain(plan.dtb, dtb.name, 'the device tree crosses a 2 MiB boundary');
  if (plan.dtb % 8n !== 0n) complain(plan.dtb, 'dtb', 'the device tree is not 8-byte aligned');
  const initrd = plan.segments.find(({ name }) => name === 'initrd');
  if (initrd !== undefined && kernel !== undefined) {
    const low = initrd.mem < kernel.mem ? initrd.mem : kernel.mem;
    const high = segmentEnd(initrd) > segmentEnd(kernel) ? segmentEnd(initrd) : segmentEnd(kernel);
    if (high - (low - (low % GIB)) >= 32n * GIB)
      complain(initrd.mem, 'initrd', 'kernel and initrd do not fit one 32 GiB window');
  }
  ledger.checked('hand-over', plan.segments.length);
}

function segmentAt(plan: RelocationPlan, address: bigint): RelocationPlan['segments'][number] | undefined {
  return plan.segments.find((segment) => segment.mem <= address && address <= segmentEnd(segment));
}

import { addressOf, GIB, hex, MIB2, pfnOf } from '../page.ts';
import { emitRoutine, type Routine } from '../routine/routine.ts';
import { emitVectors } from '../routine/vectors.ts';
import { segmentAt, segmentEnd } from '../segment.ts';
import type { ControlPageOwner, StagePlan } from '../stage.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

/** The loaded routine, and vectors, against a fresh emission from the plan's own values. */
export function checkRoutine(view: PlanView, ledger: Ledger): void {
  const { stage } = view;
  const routine = emitAgain(view, stage);
  checkWords(view, ledger, 'routine', stage.start, routine.words);
  if (!stage.softRestart) {
    if (stage.jump !== stage.start + BigInt(routine.jumpOffset))
      ledger.violated('routine', pfnOf(stage.start), ['routine'], 'the jump is not where the plan says');
    return;
  }
  const vectors = emitVectors();
  const at = stage.vectors ?? 0n;
  checkWords(view, ledger, 'vectors', at, vectors.words);
  if (stage.jump !== at + BigInt(vectors.jumpOffset) || pageOf(view, 'vectors') !== at)
    ledger.violated('routine', pfnOf(at), ['vectors'], 'the jump is not where the plan says');
}

function emitAgain(view: PlanView, stage: StagePlan): Routine {
  const [constants, workspace] = [pageOf(view, 'constants'), pageOf(view, 'workspace')];
  return emitRoutine({
    exceptionLevel: stage.exceptionLevel,
    vhe: stage.vhe,
    entry: stage.placement.entry,
    dtb: stage.placement.dtb,
    copy: stage.kind === 'relocation' ? { mmu: stage.mmu, head: stage.head } : undefined,
    translation: stage.translation?.registers,
    verification: constants === undefined || workspace === undefined ? undefined : { constants, workspace },
    breadcrumbs: stage.breadcrumbs,
    softRestart: stage.softRestart,
  });
}

/** The address of an owner's first control page. */
function pageOf(view: PlanView, owner: ControlPageOwner): bigint | undefined {
  const [page] = view.controlPages(owner);
  return page && addressOf(page.pfn);
}

function checkWords(view: PlanView, ledger: Ledger, owner: string, address: bigint, words: Uint32Array): void {
  const pfn = pfnOf(address);
  const page = view.image.page(pfn);
  const loaded = page && new Uint32Array(page.buffer, page.byteOffset, 1024);
  words.forEach((word, index) => {
    if (loaded?.[index] === word) return;
    const found = hex(loaded?.[index] ?? 0);
    ledger.violated('routine', pfn, [owner], `word ${index} is ${found}, not ${hex(word)}`);
  });
  ledger.checked('routine', words.length);
}

/** Documentation/arch/arm64/booting.rst, "Setup the device tree" and "Call the kernel image". */
export function checkHandOver(view: PlanView, ledger: Ledger): void {
  const { segments, entry, dtb: tree } = view.stage.placement;
  const complain = (address: bigint, owner: string, detail: string): void =>
    ledger.violated('hand-over', pfnOf(address), [owner], detail);
  const kernel = segmentAt(segments, entry);
  if (kernel === undefined) complain(entry, 'entry', 'no segment holds the entry point');
  const dtb = segmentAt(segments, tree);
  if (dtb === undefined || dtb.mem !== tree) complain(tree, 'dtb', 'no segment starts at the device tree');
  else if (dtb.memsz > MIB2 || dtb.mem / MIB2 !== segmentEnd(dtb) / MIB2)
    complain(tree, dtb.name, 'the device tree crosses a 2 MiB boundary');
  if (tree % 8n !== 0n) complain(tree, 'dtb', 'the device tree is not 8-byte aligned');
  const initrd = segments.find(({ name }) => name === 'initrd');
  if (initrd !== undefined && kernel !== undefined) {
    const low = initrd.mem < kernel.mem ? initrd.mem : kernel.mem;
    const high = segmentEnd(initrd) > segmentEnd(kernel) ? segmentEnd(initrd) : segmentEnd(kernel);
    if (high - (low - (low % GIB)) >= 32n * GIB)
      complain(initrd.mem, 'initrd', 'kernel and initrd do not fit one 32 GiB window');
  }
  ledger.checked('hand-over', segments.length);
}

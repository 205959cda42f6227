import {
  completeMachine,
  type LoadedReboot,
  OWN_PAGES_ROW,
  phases,
  type Reality,
  RebootError,
  refuseUnproved,
} from '@kexeckit/reboot';
import {
  addressOf,
  type ExecutionState,
  emitDispatch,
  loadImage,
  PAGE_SIZE,
  pfnOf,
  prove,
  restage,
  rowAllocator,
  type StagePlan,
} from '@kexeckit/relocation';
import type { LoadedImage } from './routes/image.ts';

/** The states in which an arm64 kernel may jump to what was loaded. */
const states = {
  el1: { exceptionLevel: 1, vhe: false },
  el2: { exceptionLevel: 2, vhe: false },
  vhe: { exceptionLevel: 2, vhe: true },
} as const satisfies Readonly<Record<string, ExecutionState>>;

/**
 * Makes what runs at any level of a plan that was made for one: a kernel that was started at EL2 goes back there when it
 * reboots, and nothing that it shows says so for certain. Each of the others is proved as the plan was.
 *
 * @throws RebootError `ENOSPC` in phase `stage` where the pages do not fit; `EFAULT` in phase `prove` where a proof fails.
 */
export function forAnyLevel(reboot: LoadedReboot, described: Reality): LoadedImage {
  const { contents, image, notes, givenTree } = reboot;
  const { stage } = reboot.plan;
  const { reality } = completeMachine(described, givenTree);
  const own = stage.controlPages.map(({ pfn }) => pfn);
  const first = Math.min(...own);
  let next = Math.max(...own) + 1;
  const limit = pfnOf(addressOf(first) - (addressOf(first) % OWN_PAGES_ROW) + OWN_PAGES_ROW);
  const take = (state: ExecutionState): StagePlan => {
    if (isOf(stage, state)) return stage;
    const made = restage(stage, state, rowAllocator([{ start: addressOf(next), end: addressOf(limit) - 1n }]));
    proveAt(state, made, { contents, notes }, reality);
    next = Math.max(...made.controlPages.map(({ pfn }) => pfn)) + 1;
    return made;
  };
  const [el1, el2, vhe] = [take(states.el1), take(states.el2), take(states.vhe)];
  const entry = next;
  if (entry >= limit)
    throw new RebootError('ENOSPC', 'the routines for all levels do not fit 2 MiB', 'report it', {
      phase: phases.stage,
    });
  const words = emitDispatch({ el1: el1.start, el2: el2.start, vhe: vhe.start });
  const content = new Uint8Array((entry + 1 - first) * PAGE_SIZE);
  const put = (pfn: number, bytes: Uint8Array): void => content.set(bytes, (pfn - first) * PAGE_SIZE);
  for (const made of [el1, el2, vhe])
    for (const { pfn, bytes } of made.controlPages) put(pfn, made === stage ? (image.page(pfn) ?? bytes) : bytes);
  put(entry, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  return {
    entry: addressOf(entry),
    segments: [{ content, mem: addressOf(first), memsz: BigInt(content.length) }],
  };
}

const isOf = (stage: StagePlan, { exceptionLevel, vhe = false }: ExecutionState): boolean =>
  stage.exceptionLevel === exceptionLevel && stage.vhe === vhe;

function proveAt(
  { exceptionLevel, vhe = false }: ExecutionState,
  stage: StagePlan,
  { contents, notes }: Pick<LoadedReboot, 'contents' | 'notes'>,
  reality: Reality,
): void {
  const features = { ...reality.features, vhe: vhe || reality.features.vhe };
  refuseUnproved(
    prove(
      stage,
      loadImage(stage, contents),
      contents,
      { ...reality, exceptionLevel, vhe, softRestart: false, features },
      { notes },
    ),
  );
}

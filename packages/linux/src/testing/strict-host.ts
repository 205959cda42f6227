import { Machine } from '@kexeckit/arm64-machine';
import { PAGE_SIZE, pfnOf } from '@kexeckit/relocation';
import type { HeldImage } from './kexec-model.ts';

/** The states in which an arm64 kernel may jump to an image. */
export const states = [
  ['EL1', { exceptionLevel: 1, vhe: false }],
  ['EL2', { exceptionLevel: 2, vhe: false }],
  ['EL2 with VHE', { exceptionLevel: 2, vhe: true }],
] as const;

/**
 * A strict machine right after the jump to an image: what was loaded stands where it was to stand, and the CPU is in a state that
 * a kernel leaves it in.
 */
export function jumpedTo(
  entry: bigint,
  loaded: readonly (HeldImage | undefined)[],
  state: (typeof states)[number][1],
  ram: { readonly start: bigint; readonly end: bigint },
): Machine {
  const strict = new Machine({ ram: [ram], exceptionLevel: state.exceptionLevel });
  if (state.vhe) strict.cpu.system.set('hcr_el2', 1n << 34n);
  strict.cpu.contextSynchronized();
  for (const { mem, bytes } of loaded.flatMap((image) => image?.segments ?? [])) store(strict, mem, bytes);
  strict.cpu.pc = entry;
  return strict;
}

/** Puts whole pages where they are to stand. */
export function store(strict: Machine, mem: bigint, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PAGE_SIZE)
    strict.memory
      .frame(pfnOf(mem) + at / PAGE_SIZE)
      ?.bytes()
      .set(bytes.subarray(at, at + PAGE_SIZE));
}

import type { Kernel } from './kernel.ts';
import { withMappings } from './memory.ts';

/** What kexec_load copies: content, and where it must stand when the next stage is entered. */
export interface KexecSegment {
  readonly content: Uint8Array;
  /** Physical address, a multiple of the page size. */
  readonly mem: bigint;
  /** Bytes there, a multiple of the page size; what the content leaves over is zero. */
  readonly memsz: bigint;
}

/** Which of the two images that a kernel can hold. */
export type ImageSlot = 'next' | 'crash';

const KEXEC_ON_CRASH = 1n;
/** The ELF machine in the upper half of the flags: the image must be for the kernel that runs. */
const EM_AARCH64 = 183n << 16n;
const EM_X86_64 = 62n << 16n;
const SEGMENT_BYTES = 32;

const REBOOT_MAGIC1 = 0xfee1_deadn;
const REBOOT_MAGIC2 = 672_274_793n;
const REBOOT_CMD_KEXEC = 0x4558_4543n;

const flagsOf = ({ architecture }: Kernel, slot: ImageSlot): bigint =>
  (architecture === 'arm64' ? EM_AARCH64 : EM_X86_64) | (slot === 'crash' ? KEXEC_ON_CRASH : 0n);

/**
 * kexec_load: the kernel takes copies, so nothing of ours must stay. What stood in the slot is gone when it succeeds; in
 * the crash slot also when it fails.
 *
 * @throws SystemCallError
 */
export function kexecLoad(kernel: Kernel, entry: bigint, segments: readonly KexecSegment[], slot: ImageSlot): void {
  const table = new Uint8Array(segments.length * SEGMENT_BYTES);
  withMappings(kernel, [...segments.map(({ content }) => content), table], (mappings) => {
    const memory = mappings.at(-1);
    if (memory === undefined) return;
    const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset);
    for (const [index, { content, mem, memsz }] of segments.entries()) {
      const words = [mappings[index]?.address ?? 0n, BigInt(content.length), mem, memsz];
      for (const [at, word] of words.entries()) view.setBigUint64(index * SEGMENT_BYTES + 8 * at, word, true);
    }
    kernel.call('kexec_load', entry, BigInt(segments.length), memory.address, flagsOf(kernel, slot));
  });
}

/** Empties a slot. @throws SystemCallError */
export function kexecUnload(kernel: Kernel, slot: ImageSlot): void {
  kernel.call('kexec_load', 0n, 0n, 0n, flagsOf(kernel, slot));
}

/**
 * The point of no return: writes out what file systems hold, and reboots into the next image. Returns only where it fails.
 *
 * @param sync false: file systems are left as they are.
 * @throws SystemCallError
 */
export function rebootIntoNext(kernel: Kernel, sync: boolean = true): void {
  if (sync) kernel.call('sync');
  kernel.call('reboot', REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_CMD_KEXEC, 0n);
}

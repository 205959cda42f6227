import { encode } from '@kexeckit/a64';
import { removeProperty, setProperty, stringValue, u64Value } from '@kexeckit/fdt';
import type { LoadedReboot, Reality } from '@kexeckit/reboot';
import type { Segment } from '@kexeckit/relocation';
import { inTree, keeping, planAgain, rangeOf, reg, segmentNamed, UNTOUCHED, withBytes, withTree } from './agree.ts';
import { pick } from './choose.ts';
import { hideBank } from './hide-bank.ts';
import { inAgreement, type Sabotage } from './kinds.ts';
import { PAGE } from './memory.ts';
import { off1, on1, on2, reserved, reservedVerified } from './setups.ts';
import { stageOf } from './stage.ts';

// Fields of the kernel's header (Documentation/arch/arm64/booting.rst).
const [CODE0, CODE1, TEXT_OFFSET, IMAGE_SIZE, FLAGS, MAGIC, PE_OFFSET] = [0, 4, 8, 16, 24, 56, 60];

/** `ccmp x18, #0, #0xd, pl`, which begins with `MZ`, and `b .+0x1ffc` behind it: how a kernel with an EFI stub begins. */
const EFI_STUB = [0xfa405a4d, 0x140007ff] as const;

/** `PE\0\0`. Then the COFF file header, 20 bytes, and the sections, 40 each: size and place in the file at 16 and 20. */
const PE_SIGNATURE = 0x4550;
const PAGE_BYTES = Number(PAGE);

/** Another header of the kernel, in the file too. */
const inHeader =
  (change: (header: DataView) => void) =>
  (victim: LoadedReboot, _: unknown, reality: Reality): LoadedReboot => {
    const contents = withBytes(victim, 'kernel', ({ buffer }) => change(new DataView(buffer)));
    return planAgain(victim, reality, { contents });
  };

/** Segments with one of them changed. */
const withSegment = (victim: LoadedReboot, name: string, change: (segment: Segment) => Partial<Segment>): Segment[] =>
  stageOf(victim).placement.segments.map((segment) =>
    segment.name === name ? { ...segment, ...change(segment) } : segment,
  );

/** What the next kernel is, and is told. Nobody sees it before it runs. */
export const agreedHandOverSabotages: readonly Sabotage[] = [
  inAgreement({
    name: 'a kernel that is not an Image',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inHeader((header) => header.setUint8(MAGIC, 0)),
  }),
  inAgreement({
    name: 'a kernel whose BSS has no room',
    on: [on1, reservedVerified],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inHeader((header) => header.setUint32(IMAGE_SIZE, 0x40_0000, true)),
  }),
  inAgreement({
    name: 'a kernel whose first instructions do not lead into it',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    commit: (victim, choose, reality) => {
      // No instruction; a branch to itself; one behind the file; MZ, and no branch.
      const starts = [[0], [encode('b', 0)], [encode('b', 0x400_0000)], [EFI_STUB[0], 0]];
      const [code0 = 0, code1 = 0] = pick(starts, choose);
      return inHeader((header) => {
        header.setUint32(CODE0, code0, true);
        header.setUint32(CODE1, code1, true);
      })(victim, choose, reality);
    },
  }),
  inAgreement({
    name: 'a kernel of the other byte order',
    on: [on1, reservedVerified],
    proof: 'hand-over',
    machine: [],
    commit: inHeader((header) => header.setUint8(FLAGS, header.getUint8(FLAGS) | 1)),
  }),
  inAgreement({
    name: 'a kernel with flags that nobody knows',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    commit: (victim, choose, reality) =>
      inHeader((header) => {
        const bit = 4 + choose(60);
        const at = FLAGS + (bit >> 3);
        header.setUint8(at, header.getUint8(at) | (1 << (bit & 7)));
      })(victim, choose, reality),
  }),
  inAgreement({
    name: 'a kernel that is cut short, by its PE header',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    commit: inHeader((header) => {
      for (const [at, word] of EFI_STUB.entries()) header.setUint32(4 * at, word, true);
      header.setUint32(PE_OFFSET, 64, true);
      header.setUint32(64, PE_SIGNATURE, true);
      header.setUint16(64 + 6, 1, true);
      header.setUint16(64 + 20, 0, true);
      header.setUint32(88 + 16, header.byteLength, true);
      header.setUint32(88 + 20, PAGE_BYTES, true);
    }),
  }),
  inAgreement({
    name: 'a kernel that stands elsewhere than its header says',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inHeader((header) => header.setUint32(TEXT_OFFSET, 0x8_0000, true)),
  }),
  inAgreement({
    name: 'a kernel that uses no memory below itself, and its initramfs there',
    on: [on1],
    proof: 'hand-over',
    machine: [],
    commit: (victim, _, reality) => {
      const mem = 0x8200_0000n;
      const contents = withBytes(victim, 'kernel', (bytes) => {
        bytes[FLAGS] = (bytes[FLAGS] ?? 0) & ~8;
      });
      return planAgain(victim, reality, {
        segments: withSegment(victim, 'kernel', () => ({ mem })),
        entry: mem,
        contents,
      });
    },
  }),
  inAgreement({
    name: 'an entry that is not where the kernel starts',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    qemu: 'catches',
    commit: (victim, choose, reality) =>
      planAgain(victim, reality, { entry: stageOf(victim).placement.entry + PAGE * BigInt(1 + choose(3)) }),
  }),
  inAgreement({
    name: 'the initramfs one page on, by the device tree',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inTree((chosen, victim) =>
      setProperty(chosen, 'linux,initrd-start', u64Value(segmentNamed(victim, 'initrd').mem + PAGE)),
    ),
  }),
  inAgreement({
    name: 'the initramfs one byte shorter, by the device tree',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inTree((chosen, victim) => {
      const { mem, bufsz } = segmentNamed(victim, 'initrd');
      setProperty(chosen, 'linux,initrd-end', u64Value(mem + bufsz - 1n));
    }),
  }),
  inAgreement({
    name: 'no initramfs, by the device tree',
    on: [on1, reservedVerified],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inTree((chosen) => {
      for (const name of ['linux,initrd-start', 'linux,initrd-end']) removeProperty(chosen, name);
    }),
  }),
  inAgreement({
    name: 'a command line longer than the kernel keeps',
    on: [on1, on2],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inTree((chosen) => setProperty(chosen, 'bootargs', stringValue('x'.repeat(2048)))),
  }),
  inAgreement({
    name: "a crash kernel's /chosen",
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: (victim, choose, reality) =>
      inTree((chosen) => {
        const name = choose(2) === 0 ? 'linux,elfcorehdr' : 'linux,usable-memory-range';
        setProperty(chosen, name, reg(0x9000_0000n, 0x1000n));
      })(victim, choose, reality),
  }),
  inAgreement({
    name: 'a device tree with memory that the machine does not have',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inTree((_, __, root) => {
      const memory = root.children.find(({ name }) => name.startsWith('memory@'));
      if (memory !== undefined) setProperty(memory, 'reg', reg(0x7000_0000n, 0x1_0000_0000n));
    }),
  }),
  inAgreement({
    name: 'a device tree that hides a bank of memory',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: inTree((_, __, root) => {
      hideBank(root);
    }),
  }),
  inAgreement({
    name: 'a device tree that lets the kernel map what nobody may',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    world: (_, { dtb }) => ({ dtb: keeping(dtb, UNTOUCHED, true) }),
    commit: (victim, _, reality) => {
      const blob = keeping(victim.contents.get('dtb') ?? new Uint8Array(), UNTOUCHED);
      return planAgain(victim, reality, { contents: new Map([...victim.contents, ['dtb', blob]]) });
    },
  }),
  inAgreement({
    name: 'a device tree that reserves where the kernel stands',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: (victim, _, reality) => {
      const blob = keeping(victim.contents.get('dtb') ?? new Uint8Array(), rangeOf(segmentNamed(victim, 'kernel')));
      return planAgain(victim, reality, { contents: new Map([...victim.contents, ['dtb', blob]]) });
    },
  }),
  inAgreement({
    name: 'a device tree that cannot be read',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: (victim, choose, reality) =>
      planAgain(victim, reality, {
        contents: withBytes(victim, 'dtb', (bytes) => {
          bytes[choose(8)] = 0xee;
        }),
      }),
  }),
  inAgreement({
    name: 'a kernel and an initramfs more than 32 GiB apart',
    on: [on1],
    proof: 'hand-over',
    machine: [],
    commit: (victim, _, reality) => {
      const mem = 0x93_0000_0000n;
      const contents = withTree(victim, (_fdt, chosen) => {
        setProperty(chosen, 'linux,initrd-start', u64Value(mem));
        setProperty(chosen, 'linux,initrd-end', u64Value(mem + segmentNamed(victim, 'initrd').bufsz));
      });
      return planAgain(victim, reality, { segments: withSegment(victim, 'initrd', () => ({ mem })), contents });
    },
  }),
  inAgreement({
    name: 'a device tree across a 2 MiB boundary',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    qemu: 'misses',
    commit: (victim, _, reality) => {
      const { end } = rangeOf(segmentNamed(victim, 'dtb'));
      const mem = end - (end % 0x20_0000n) + 0x20_0000n - PAGE;
      const grown = withTree(victim, (_fdt, chosen) => setProperty(chosen, 'padding', new Uint8Array(5000)));
      return planAgain(victim, reality, {
        segments: withSegment(victim, 'dtb', () => ({ mem, memsz: 2n * PAGE })),
        contents: grown,
        dtb: mem,
      });
    },
  }),
];

/** What a guest's machine is; kernels and programs come in sets of each. */
export type Architecture = 'arm64' | 'amd64';

/** What differs beyond the machine itself. */
export interface ArchitectureTraits {
  /** The program that emulates it, and the package that has it. */
  readonly qemu: string;
  readonly package: string;
  /** As the kernel calls its first serial port. */
  readonly console: string;
  /** As Node names it. */
  readonly node: string;
}

export const architectures: Readonly<Record<Architecture, ArchitectureTraits>> = {
  arm64: { qemu: 'qemu-system-aarch64', package: 'qemu-system-arm', console: 'ttyAMA0', node: 'arm64' },
  amd64: { qemu: 'qemu-system-x86_64', package: 'qemu-system-x86', console: 'ttyS0', node: 'x64' },
};

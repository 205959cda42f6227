// ELF e_machine and PE Machine numbers of the architectures that Linux kernels come for.
const ELF_MACHINES = new Map([
  [0x03, 'x86'],
  [0x15, 'PowerPC 64'],
  [0x16, 's390'],
  [0x28, '32-bit ARM'],
  [0x3e, 'x86-64'],
  [0xb7, 'AArch64'],
  [0xf3, 'RISC-V'],
  [0x102, 'LoongArch'],
]);
const PE_MACHINES = new Map([
  [0x014c, 'x86'],
  [0x01c2, '32-bit ARM'],
  [0x5064, 'RISC-V 64'],
  [0x6264, 'LoongArch 64'],
  [0x8664, 'x86-64'],
  [0xaa64, 'AArch64'],
]);

export const ELF_AARCH64 = 0xb7;

/** What an ELF file's `e_machine` stands for. */
export const elfMachineName = (machine: number): string => ELF_MACHINES.get(machine) ?? `machine ${machine}`;

/** What a PE file's `Machine` stands for; undefined for a file without one. */
export function peMachineName(machine: number | undefined): string {
  if (machine === undefined) return 'an unknown machine';
  return PE_MACHINES.get(machine) ?? `machine 0x${machine.toString(16)}`;
}

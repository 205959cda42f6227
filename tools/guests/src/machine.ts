import { join } from 'node:path';
import type { Architecture } from './architecture.ts';
import { folderOf } from './files.ts';

/** What the firmware gives the kernel: a device tree, or UEFI with ACPI. */
export type Firmware = 'dt' | 'uefi';

/** Where the kernel is started: at EL1, at EL2 as it is from Armv8.0 on, or at EL2 with VHE. */
export type Level = 'EL1' | 'EL2' | 'VHE';

/** The machine that a guest runs on. */
export interface GuestMachine {
  /** arm64 by default. */
  readonly architecture?: Architecture;
  /** Of arm64; a device tree by default. */
  readonly firmware?: Firmware;
  /** Of arm64; EL1 by default. */
  readonly level?: Level;
  /** RAM in MiB; 2048 by default. */
  readonly memory?: number;
  /** 2 by default. */
  readonly cpus?: number;
  /**
   * Whether there is an ITS; by default with UEFI only. The pending tables of the LPIs live in memory that a kernel with a
   * plain device tree does not reserve for the next one.
   */
  readonly its?: boolean;
  /** Further arguments for QEMU. */
  readonly qemu?: readonly string[];
}

/** QEMU's arguments for a machine, apart from what it runs. Its console is QEMU's standard input and output. */
export function machineArguments(machine: GuestMachine): string[] {
  const { memory = 2048, cpus = 2, qemu = [] } = machine;
  return [
    ...(machine.architecture === 'amd64' ? ['-M', 'q35', '-cpu', 'Nehalem'] : arm64Arguments(machine)),
    ...['-m', `${memory}M`, '-smp', String(cpus)],
    ...['-nodefaults', '-nic', 'none', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
    ...(machine.firmware === 'uefi' ? flashArguments() : []),
    ...qemu,
  ];
}

function arm64Arguments({ firmware = 'dt', level = 'EL1', its = firmware === 'uefi' }: GuestMachine): string[] {
  const options = ['virt', 'gic-version=3', `its=${its ? 'on' : 'off'}`];
  if (level !== 'EL1') options.push('virtualization=on');
  return [
    ...['-M', options.join(',')],
    // Armv8.2, the first with VHE on servers: `max` has pointer authentication too, slow, and in 1 of 10 guests Node crashed.
    ...['-cpu', level === 'VHE' ? 'neoverse-n1' : 'cortex-a57'],
  ];
}

/** UEFI's program and its variables; what is written to them goes with the guest. */
function flashArguments(): string[] {
  const fileOf = (name: string): string => join(folderOf('firmware'), `usr/share/AAVMF/AAVMF_${name}.fd`);
  const flash = 'if=pflash,format=raw';
  return [
    '-drive',
    `${flash},readonly=on,file=${fileOf('CODE')}`,
    '-drive',
    `${flash},snapshot=on,file=${fileOf('VARS')}`,
  ];
}

import type { DeskLog } from '../../desk/subject.ts';
import { pickKeys } from '../../shared/keys.ts';

/** Logs of real machines that were published or recorded: what they are, and the text, which is loaded when it is asked for. */
const published = {
  'debian-kexec': {
    title: 'Debian 6.1 under QEMU: a kexec, with the times of a logger',
    load: () => import('./logs/debian-6.1-kexec-tools.txt?raw'),
  },
  'stingray-kdump': {
    title: 'Broadcom Stingray, 2019: a crash kernel that dies in its interrupt controller',
    load: () => import('./logs/broadcom_stingray_bcm958742k_boot_and_kdump.txt?raw'),
  },
  'oops-va39': {
    title: 'a fault at the jump: the routine is not mapped',
    load: () => import('./logs/arm64_kexec_e_oops_va39.txt?raw'),
  },
  'hang-psci': {
    title: 'a guest that hangs while CPUs go down',
    load: () => import('./logs/kvm_arm64_kexec_reboot_hang_psci.txt?raw'),
  },
  'kexec-debug': {
    title: 'a load, as kexec -d prints it',
    load: () => import('./logs/qemu_arm64_kexec_debug.txt?raw'),
  },
} as const;

/** The name of an example. */
export type ExampleName = keyof typeof published;

/** All of them. */
export const exampleNames: readonly ExampleName[] = pickKeys(published);

/** What an example is, in words. */
export const exampleTitle = (name: ExampleName): string => published[name].title;

/** The example of a name, where there is one. */
export const exampleNamed = (name: string | undefined): ExampleName | undefined =>
  exampleNames.find((each) => each === name);

/** Its text, as a file. */
export async function exampleLog(name: ExampleName): Promise<DeskLog> {
  const { default: text } = await published[name].load();
  return { name, file: new Blob([text]) };
}

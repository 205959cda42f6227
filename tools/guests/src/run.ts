import { type Boot, type Guest, withGuest } from './boot.ts';
import { bundleCommand, type NativePackage } from './bundle.ts';
import { initramfs } from './cpio.ts';
import { type Entry, entriesBelow } from './entry.ts';
import { guestFailure } from './error.ts';
import { type FileSet, folderOf, imageOf, type KernelVersion, whyNot } from './files.ts';
import { guestInit, MARK, type Stages, type Step, stepsOf } from './init.ts';
import { SYSTEMD_CMDLINE, systemdRoot } from './systemd.ts';

/** What a guest may have beside busybox. */
export type Equipment = 'node' | 'kexeckit' | 'kexec-tools' | 'makedumpfile' | 'systemd';

/** A guest: which kernel on which machine, and what it does there. */
export interface Scenario extends Omit<Boot, 'kernel' | 'initramfs'> {
  readonly kernel: KernelVersion;
  /** The commands of each kernel that comes up, see {@link guestInit}. */
  readonly stages: Stages;
  /** Nothing by default. The command brings Node. With systemd the first kernel's commands are run by a service of it. */
  readonly has?: readonly Equipment[];
  /** What else stands in the root. */
  readonly entries?: readonly Entry[];
}

/** What came of it. */
export interface GuestRun {
  readonly console: string;
  /** What each command printed, by kernel. */
  readonly stages: readonly (readonly Step[])[];
}

/** Why a scenario cannot be run here, for `skip`; undefined where it can. */
export function whyNoGuest({
  kernel,
  firmware,
  has = [],
}: Pick<Scenario, 'kernel' | 'firmware' | 'has'>): string | undefined {
  const firmwareSets: FileSet[] = firmware === 'uefi' ? ['firmware'] : [];
  return whyNot([`linux-${kernel}`, ...firmwareSets, ...setsOf(has)]);
}

/** The sets of files that this equipment needs. */
function setsOf(has: readonly Equipment[]): FileSet[] {
  const sets: FileSet[] = [has.includes('systemd') ? 'systemd' : 'programs'];
  if (has.includes('node') || has.includes('kexeckit')) sets.push('node');
  if (has.includes('kexec-tools')) sets.push('kexec-tools');
  if (has.includes('makedumpfile')) sets.push('makedumpfile');
  if (has.includes('kexeckit')) sets.push('koffi');
  return sets;
}

/** What the command makes system calls with. */
const KOFFI: NativePackage = { name: '@koromix/koffi-linux-arm64', folder: folderOf('koffi') };

/** The root of a guest. */
export async function guestRoot(
  has: readonly Equipment[],
  stages: Stages,
  more: readonly Entry[] = [],
): Promise<Entry[]> {
  const files = setsOf(has)
    .filter((set) => set !== 'koffi' && set !== 'systemd')
    .flatMap((set) => entriesBelow(folderOf(set)))
    .filter(({ path }) => path !== 'CONTENTS');
  const command = has.includes('kexeckit') ? await bundleCommand([KOFFI]) : [];
  if (has.includes('systemd')) return systemdRoot(stages[0] ?? [], [...files, ...command, ...more]);
  const init: Entry = { kind: 'file', path: 'init', content: guestInit(stages), mode: 0o755 };
  return [...files, ...command, init, ...more];
}

/** Boots a scenario for as long as `use` takes. */
export async function withScenario<T>(scenario: Scenario, use: (guest: Guest) => Promise<T>): Promise<T> {
  const { kernel, has = [], stages, entries, cmdline = '' } = scenario;
  const root = await guestRoot(has, stages, entries);
  // Unpacking takes a guest longer than copying.
  const needed = has.includes('systemd') ? `${cmdline} ${SYSTEMD_CMDLINE}` : cmdline;
  return withGuest({ ...scenario, cmdline: needed, kernel: imageOf(kernel), initramfs: initramfs(root, 0) }, use);
}

/**
 * Runs a scenario until its guest is off.
 *
 * @throws GuestError as {@link withGuest}; `EIO` where the guest ended on the way, as by a panic
 */
export async function runGuest(scenario: Scenario): Promise<GuestRun> {
  const console = await withScenario(scenario, (guest) => guest.off());
  if (!console.includes(`\n${MARK} off\n`))
    throw guestFailure('EIO', 'the guest went off without being told to', 'see the end of its console', console);
  return { console, stages: stepsOf(console) };
}

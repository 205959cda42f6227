import type { Architecture } from './architecture.ts';
import { type Boot, type Guest, withGuest } from './boot.ts';
import { bundledCommand } from './bundle.ts';
import { type Entry, entriesBelow } from './entry.ts';
import { guestFailure } from './error.ts';
import { architectureOf, type FileSet, folderOf, imageOf, type KernelVersion, setFor, whyNot } from './files.ts';
import { guestInit, MARK, type Stages, type Step, stepsOf } from './init.ts';
import { initramfs } from './initramfs.ts';
import { SYSTEMD_CMDLINE, systemdRoot } from './systemd.ts';

/** What a guest may have beside busybox. */
export type Equipment = 'node' | 'kexeckit' | 'kexec-tools' | 'kdump-tools' | 'makedumpfile' | 'systemd';

/** A guest: which kernel on which machine, and what it does there. */
export interface Scenario extends Omit<Boot, 'kernel' | 'initramfs' | 'architecture'> {
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
  const architecture = architectureOf(kernel);
  return whyNot([`linux-${kernel}`, ...firmwareSets, ...setsOf(has, architecture)], architecture);
}

/** The sets of files that this equipment needs. */
function setsOf(has: readonly Equipment[], architecture: Architecture): FileSet[] {
  const sets: FileSet[] = [has.includes('systemd') ? 'systemd' : setFor('programs', architecture)];
  if (has.includes('node') || has.includes('kexeckit')) sets.push(setFor('node', architecture));
  if (has.includes('kexec-tools')) sets.push('kexec-tools');
  if (has.includes('kdump-tools')) sets.push('kdump-tools');
  if (has.includes('makedumpfile')) sets.push('makedumpfile');
  return sets;
}

/** The root of a guest. */
export function guestRoot(
  has: readonly Equipment[],
  stages: Stages,
  more: readonly Entry[] = [],
  architecture: Architecture = 'arm64',
): Entry[] {
  const files = setsOf(has, architecture)
    .filter((set) => set !== 'systemd')
    .flatMap((set) => entriesBelow(folderOf(set)))
    .filter(({ path }) => path !== 'CONTENTS');
  const command = has.includes('kexeckit') ? [bundledCommand()] : [];
  if (has.includes('systemd')) return systemdRoot(stages[0] ?? [], [...files, ...command, ...more]);
  const init: Entry = { kind: 'file', path: 'init', content: guestInit(stages), mode: 0o755 };
  return [...files, ...command, init, ...more];
}

/** Boots a scenario for as long as `use` takes. */
export async function withScenario<T>(scenario: Scenario, use: (guest: Guest) => Promise<T>): Promise<T> {
  const { kernel, has = [], stages, entries, cmdline = '' } = scenario;
  const architecture = architectureOf(kernel);
  const root = guestRoot(has, stages, entries, architecture);
  // Unpacking takes a guest longer than copying.
  const needed = has.includes('systemd') ? `${cmdline} ${SYSTEMD_CMDLINE}` : cmdline;
  const boot = { ...scenario, architecture, cmdline: needed, kernel: imageOf(kernel), initramfs: initramfs(root, 0) };
  return withGuest(boot, use);
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

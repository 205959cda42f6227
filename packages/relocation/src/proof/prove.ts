import type { DigestNotes } from '../digest-notes.ts';
import type { SegmentContents } from '../load.ts';
import type { MemoryImage } from '../memory-image.ts';
import type { StagePlan } from '../stage.ts';
import { checkCleaned } from './cleaning.ts';
import { checkContent } from './content.ts';
import { checkEntryList } from './copies.ts';
import { checkDescriptors } from './descriptors.ts';
import { checkDigests } from './digests.ts';
import { checkEntry, checkTree } from './hand-over.ts';
import type { Invariant, Proof } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { checkMachine } from './machine.ts';
import { checkMappings } from './mappings.ts';
import { readRoles } from './memory-roles.ts';
import { checkControlPages, checkDestinations, checkLoaded, checkSources } from './ownership.ts';
import { checkRoutine } from './routine.ts';
import { checkRoles } from './touched.ts';
import { checkTranslation } from './translation.ts';
import { type PlanView, viewPlan } from './view.ts';
import { isWellFormed } from './well-formed.ts';
import type { World } from './world.ts';

/** What else a proof may leave behind. */
export interface ProveOptions {
  /** Take down the states of SHA-256, for a rehearsal. */
  readonly notes?: DigestNotes | undefined;
}

/**
 * Proves a plan against memory as it was loaded and against the machine as it describes itself, before the point of no
 * return: every page, every invariant.
 *
 * Nothing is taken from the plan that the running routine would take from memory: the entry list, the tables, the system
 * registers and the routine are read from the image. Nothing is taken from the plan that the machine can say: memory and
 * its roles, the CPU, the exception level, the console, reservations. The result is data; a reboot is safe where it lists
 * no violation. Whatever the plan contains, it is answered with violations, in time linear in what was loaded.
 *
 * @param contents the bytes of each segment, as `loadImage` takes them.
 */
export function prove(
  stage: StagePlan,
  image: MemoryImage,
  contents: SegmentContents,
  world: World,
  { notes }: ProveOptions = {},
): Proof {
  const ledger = new Ledger();
  attempt('numbers', ledger, () => {
    if (!isWellFormed(stage, image, ledger)) return;
    const roles = attempt('roles', ledger, () => readRoles(stage, world));
    if (roles !== undefined) proveParts(viewPlan(stage, image, world, roles), contents, notes, ledger);
  });
  return ledger.close();
}

function proveParts(view: PlanView, contents: SegmentContents, notes: DigestNotes | undefined, ledger: Ledger): void {
  attempt('machine', ledger, () => checkMachine(view, ledger));
  attempt('segments', ledger, () => checkDestinations(view, ledger));
  attempt('roles', ledger, () => checkRoles(view, ledger));
  attempt('sources', ledger, () => checkSources(view, ledger));
  attempt('control pages', ledger, () => checkControlPages(view, ledger));
  const landed = attempt('entry list', ledger, () => checkEntryList(view, ledger)) ?? [];
  proveTables(view, ledger);
  attempt('loaded', ledger, () => checkLoaded(view, ledger));
  attempt('content', ledger, () => checkContent(view, contents, ledger));
  attempt('cleaned', ledger, () => checkCleaned(view, ledger));
  attempt('routine', ledger, () => checkRoutine(view, ledger));
  attempt('digests', ledger, () => checkDigests(view, { contents, landed, notes }, ledger));
  attempt('hand-over', ledger, () => checkEntry(view, contents, ledger));
  attempt('hand-over', ledger, () => checkTree(view, contents, ledger));
}

/** The temporary address space, as far as it can be read. */
function proveTables(view: PlanView, ledger: Ledger): void {
  const translation = attempt('translation', ledger, () => checkTranslation(view, ledger));
  if (translation === undefined) return;
  attempt('descriptors', ledger, () => checkDescriptors(view, translation, ledger));
  attempt('mappings', ledger, () => checkMappings(view, translation, ledger));
}

/** Does a check; one that cannot be brought to its end has proved nothing. */
function attempt<T>(invariant: Invariant, ledger: Ledger, check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    ledger.violated(invariant, undefined, ['proof'], error.message);
    return undefined;
  }
}

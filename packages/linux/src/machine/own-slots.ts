import { isSame, thisProcess } from '../holder/process.ts';
import { type Kernel, SystemCallError } from '../syscalls/kernel.ts';
import type { ImageSlot } from '../syscalls/kexec.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import { busy } from './busy.ts';
import { forgetCrash, readCrash, writeCrash } from './crash-record.ts';
import { isLoadedNow } from './loaded-now.ts';
import {
  forgetLoaded,
  forgetLoadedBefore,
  isOursGone,
  type LoadedRecord,
  type NewRecord,
  readLoaded,
  restoreLoaded,
  writeLoaded,
} from './loaded-record.ts';

/** Whose is what stands in a slot: as it was, of this load, nobody's, or somebody's who came after it. */
export type SlotState = 'as before' | 'ours' | 'empty' | "another's";

/** A kernel that one load goes through, and its undoing. */
export interface OwnSlots extends Kernel {
  /** What the load, and whoever came after it, have made of a slot. */
  state(slot: ImageSlot): SlotState;
}

/** What is known when a load begins. */
export interface LoadBegins {
  /** Where it is noted what is loaded; undefined: nowhere. */
  readonly folder: string | undefined;
  readonly record: NewRecord;
  /** Whether something was loaded for a panic; undefined where that is not known. */
  readonly crashLoaded: boolean | undefined;
  /** Whether that was an image of ours. */
  readonly hasOurs: boolean;
  /** Whether a load for a reboot may replace what stands there, which stays where the call fails. By default it is refused. */
  readonly replaces?: boolean;
}

const forget = { next: forgetLoaded, crash: forgetCrash } as const;

/**
 * The same kernel, which knows whose is what stands in its slots, and asks that right before each call that changes one: planning,
 * proving and waiting take their time, other loaders than ours know no lock, and the kernel replaces or drops what stands there
 * unasked. A slot that somebody has filled meanwhile is not loaded into. Only what was loaded through it is unloaded through it, and
 * only while nobody else has loaded something since: then there is nothing to unload. A note is written right before its load, and
 * removed as soon as the slot is empty.
 */
export function ownSlots(kernel: Kernel, begins: LoadBegins): OwnSlots {
  const slots = new Slots(kernel, begins);
  return {
    architecture: kernel.architecture,
    call: (name, ...args) => {
      const work = (): bigint => kernel.call(name, ...args);
      const change = changeOf(name, args);
      if (change === undefined) return work();
      return change.loads ? slots.load(change.slot, work) : slots.unload(change.slot, work);
    },
    state: (slot) => slots.state[slot],
    view: (address, size) => kernel.view(address, size),
    pagemap: (address, pages) => kernel.pagemap(address, pages),
    text: (path) => kernel.text(path),
    run: (code, a, b) => kernel.run(code, a, b),
  };
}

/** KEXEC_ON_CRASH; KEXEC_FILE_UNLOAD and KEXEC_FILE_ON_CRASH. */
const ON_CRASH = 1n;
const FILE = { unload: 1n, onCrash: 2n } as const;

/** The slot that a call loads into, or empties; undefined for any other call. */
function changeOf(name: SystemCall, args: readonly bigint[]): { slot: ImageSlot; loads: boolean } | undefined {
  const [, segments = 0n, , flags = 0n, fileFlags = 0n] = args;
  if (name === 'kexec_load') return { slot: (flags & ON_CRASH) === 0n ? 'next' : 'crash', loads: segments !== 0n };
  if (name !== 'kexec_file_load') return undefined;
  return { slot: (fileFlags & FILE.onCrash) === 0n ? 'next' : 'crash', loads: (fileFlags & FILE.unload) === 0n };
}

class Slots {
  readonly state: Record<ImageSlot, SlotState> = { next: 'as before', crash: 'as before' };
  readonly #kernel: Kernel;
  readonly #begins: LoadBegins;

  constructor(kernel: Kernel, begins: LoadBegins) {
    this.#kernel = kernel;
    this.#begins = begins;
  }

  load(slot: ImageSlot, work: () => bigint): bigint {
    this.#refuseFilled(slot);
    const earlier = this.#earlier(slot);
    this.#note(slot);
    try {
      const result = work();
      this.state[slot] = 'ours';
      return result;
    } catch (error) {
      // Of anything else than a call that fails nobody knows what it has done.
      if (error instanceof SystemCallError) this.#failed(slot, error, earlier);
      throw error;
    }
  }

  unload(slot: ImageSlot, work: () => bigint): bigint {
    if (this.state[slot] !== 'ours') return 0n;
    if (!isStillOurs(this.#begins.folder, slot)) {
      this.state[slot] = "another's";
      return 0n;
    }
    const result = this.#isLoaded(slot) === false ? 0n : work();
    this.state[slot] = 'empty';
    this.#forget(slot);
    return result;
  }

  /** Also before a load for a panic: what stands there is lost with it. */
  #refuseFilled(slot: ImageSlot): void {
    const { replaces = false } = this.#begins;
    if (!(replaces && slot === 'next') && this.#isLoaded('next') === true)
      throw busy('somebody has loaded an image meanwhile', 'it was left as it is; unload it first: kexeckit unload');
    if (slot === 'crash' && this.#begins.crashLoaded === false && this.#isLoaded('crash') === true)
      throw busy('somebody has loaded a crash kernel meanwhile', 'it was left as it is; try again');
  }

  #isLoaded(slot: ImageSlot): boolean | undefined {
    return isLoadedNow((path) => this.#kernel.text(path), slot);
  }

  #note(slot: ImageSlot): void {
    const { folder, record } = this.#begins;
    if (folder === undefined) return;
    if (slot === 'crash') writeCrash(folder);
    else writeLoaded(folder, record);
  }

  #forget(slot: ImageSlot): void {
    const { folder } = this.#begins;
    if (folder !== undefined) forget[slot](folder);
  }

  /** What was noted of the image that would be replaced. */
  #earlier(slot: ImageSlot): LoadedRecord | undefined {
    const { folder, replaces = false } = this.#begins;
    return replaces && slot === 'next' && folder !== undefined ? readLoaded(folder) : undefined;
  }

  /** The note stays where an image of ours, of an earlier load, does. */
  #failed(slot: ImageSlot, error: SystemCallError, earlier: LoadedRecord | undefined): void {
    const { folder } = this.#begins;
    if (folder !== undefined && earlier !== undefined) {
      restoreLoaded(folder, earlier);
      return;
    }
    if (slot === 'crash' && !isRefusal(error)) this.state.crash = 'empty';
    if (slot === 'next' || this.state.crash === 'empty' || !this.#begins.hasOurs) this.#forget(slot);
  }
}

/** Linux takes its lock, and asks whether loading is permitted, before it frees what stands in the slot (do_kexec_load). */
const isRefusal = ({ code }: SystemCallError): boolean => ['EBUSY', 'EPERM', 'EACCES', 'ENOSYS'].includes(code);

/**
 * Whether what this process has loaded may still stand in a slot: the slot's note names nobody else, and nobody has removed it. Without a note for the crash
 * slot, that of the reboot decides: whoever has loaded another one has unloaded ours first.
 */
function isStillOurs(folder: string | undefined, slot: ImageSlot): boolean {
  if (folder === undefined) return true;
  const note = slot === 'crash' ? readCrash(folder) : undefined;
  if (note === undefined) return !isOursGone(folder);
  return isSame(note, thisProcess());
}

/** Forgets what was noted of slots that are empty. To be called by whoever has the lock: then nobody is about to fill one. */
export function forgetEmpty(folder: string | undefined, is: Readonly<Record<ImageSlot, boolean | undefined>>): void {
  if (folder === undefined) return;
  if (is.next === false) forgetLoadedBefore(folder);
  if (is.crash === false) forgetCrash(folder);
}

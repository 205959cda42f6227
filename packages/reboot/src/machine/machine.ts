import type { DigestNotes, MemoryImage, SegmentContents } from '@kexeckit/relocation';
import type { RebootPlan } from '../plan/plan.ts';
import type { Reality } from '../reality/reality.ts';
import type { Watch } from '../watch.ts';
import type { PageLoan, PageNeed } from './loan.ts';
import type { Ending } from './report.ts';

/** A plan, the bytes of its segments, and memory as the old kernel has it when it jumps. */
export interface LoadedReboot {
  readonly plan: RebootPlan;
  readonly contents: SegmentContents;
  readonly image: MemoryImage;
  /** The device tree that was given in the place of the machine's own, where one was. */
  readonly givenTree?: Uint8Array | undefined;
  /** The pages that the machine has lent for its sources, where it lends any. */
  readonly loan?: PageLoan | undefined;
  /** What the proof has digested: a rehearsal does not compute it again. */
  readonly notes?: DigestNotes | undefined;
}

/** A reboot that a machine holds ready. It is committed once, or discarded. */
export interface Staged<End extends Ending = Ending> {
  /** The plan that was staged. */
  readonly plan: RebootPlan;
  /**
   * Reads back every page of the image from where the machine holds it now: see `digestPages`. Nothing is changed.
   * Undefined where a machine cannot read what it holds: there only the routine can tell that it has changed.
   *
   * @throws RebootError `EALREADY` after a commit or a discard.
   */
  digest(): Promise<string | undefined>;
  /**
   * Brings the machine to rest, as far as it can go on from there: a reboot that is given up leaves it as it was.
   *
   * @throws RebootError `EALREADY` after a commit or a discard; in phase `quiesce` for what went wrong.
   */
  quiesce(watch?: Watch): Promise<void>;
  /**
   * Leaves the machine as it was before. Discarding twice does nothing.
   *
   * @throws RebootError `EALREADY` after a commit.
   */
  discard(): Promise<void>;
  /**
   * The point of no return.
   *
   * @throws RebootError `EALREADY` after a commit or a discard; in phase `shutdown` or later for what went wrong.
   */
  commit(watch?: Watch): Promise<End>;
}

/**
 * A machine that a reboot runs on. It asks for no memory once it has staged: a plan has everything.
 *
 * `End` is {@link Arrival} for machines that see the next kernel arrive, {@link Departure} for a host.
 */
export interface Machine<End extends Ending = Ending> {
  readonly name: string;
  /**
   * Whether a reboot is rehearsed before it is staged, unless somebody asks otherwise: true for a machine where a mistake
   * costs more than the seconds that it takes.
   */
  readonly rehearses: boolean;
  /**
   * Reads the machine and changes nothing.
   *
   * @throws RebootError in phase `describe`.
   */
  describe(watch?: Watch): Promise<Reality>;
  /**
   * Refuses what {@link stage} would refuse whatever the plan is, so that nobody plans, proves and rehearses for nothing. Changes
   * nothing, and comes right before {@link describe}. By default everything is refused in time by `stage`.
   *
   * @throws RebootError in phase `stage`; `EBUSY` while something is staged, or loaded, already.
   */
  refuseEarly?(watch?: Watch): Promise<void>;
  /**
   * Lends pages for the sources of a plan, before it is made: on a machine whose memory is somebody's, what a plan copies can
   * stand in pages of its own process only. Where a machine does not lend, a plan takes free pages as it finds them.
   *
   * @throws RebootError in phase `plan`, with nothing lent.
   */
  lend?(need: PageNeed, watch?: Watch): Promise<PageLoan>;
  /**
   * Takes a proved plan, ready to run. Everything that can fail for want of something fails here, and leaves nothing behind.
   * What was lent for it goes with it: a discard gives it back. Where this fails, whoever called does.
   *
   * @throws RebootError in phase `stage`; `EBUSY` while something is staged already.
   */
  stage(reboot: LoadedReboot, watch?: Watch): Promise<Staged<End>>;
  /** What is staged now, also by a process that has ended where the machine can hold it so long. */
  staged(): Promise<Staged<End> | undefined>;
}

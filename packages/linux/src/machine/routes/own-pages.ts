import { digestPages, type LoadedReboot, type PageLoan, phases, RebootError } from '@kexeckit/reboot';
import { MemoryImage, PAGE_SIZE } from '@kexeckit/relocation';
import { forAnyLevel } from '../levels.ts';
import { loadInto, unloadSlot } from '../slots.ts';
import type { Route } from './route.ts';

/**
 * The next kernel stands in pages of this process, pinned. A small image of our own, which a reboot starts, moves it to where it
 * runs, with the MMU on, and verifies it on the way.
 *
 * Nothing is cleaned here. The process writes its pages as Normal Write-Back memory, Inner Shareable; the routine reads them,
 * its list and its tables with the same attributes under its own tables, and then caches are coherent: it gets what was
 * written, wherever the lines are. CPUs that the old kernel turns off before clean their own caches on the way (PSCI, CPU_OFF).
 * What is read before the MMU is on, the first words of the routine, the old kernel cleans when it moves our small image.
 */
export const ownPages: Route = {
  strategy: 'mmu-on',
  inThisProcess: true,
  load: async (reboot, { host, reality, kernel, postGuard }) => {
    const { plan, image, loan } = reboot;
    if (loan === undefined) throw notLent();
    loan.check();
    for (const [pfn, bytes] of image.pages()) loan.page(pfn)?.set(bytes);
    const next = forAnyLevel(reboot, reality);
    const held = new HeldPages(reboot, loan);
    const guard = await postGuard?.(plan.stage.strategy);
    try {
      loadInto(host, kernel, next, 'next');
    } catch (error) {
      guard?.release();
      throw error;
    }
    return {
      digest: () => held.digest(),
      // In the digest, too: who leaves by another hand asks for that only.
      check: async () => loan.check(),
      discard: async () => {
        // First, and the pages are kept if that fails: the image leads to them.
        await unloadSlot(host, kernel, 'next');
        guard?.release();
        await loan.release();
      },
    };
  },
};

const notLent = (): RebootError =>
  new RebootError('ESTALE', 'the plan has no pages in this process', 'plan it again here', { phase: phases.stage });

/** The pages of an image, in place of its bytes: those stand in lent pages, and the plan's own as the kernel was given them. */
class HeldPages {
  readonly #places = new MemoryImage();
  readonly #own: ReadonlyMap<number, Uint8Array>;
  readonly #loan: PageLoan;

  constructor({ plan: { stage }, image }: LoadedReboot, loan: PageLoan) {
    this.#loan = loan;
    this.#own = new Map(stage.controlPages.map(({ pfn, bytes }) => [pfn, new Uint8Array(image.page(pfn) ?? bytes)]));
    const nothing = this.#places.share(new Uint8Array(PAGE_SIZE));
    for (const [pfn] of image.pages()) this.#places.place(pfn, nothing);
  }

  digest(): Promise<string> {
    this.#loan.check();
    return digestPages(this.#places, (pfn) => this.#own.get(pfn) ?? this.#loan.page(pfn));
  }
}

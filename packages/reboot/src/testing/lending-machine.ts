import { PAGE_SIZE, scatteredAllocator } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import type { PageLoan, PageNeed } from '../machine/loan.ts';
import type { LoadedReboot, Machine, Staged } from '../machine/machine.ts';
import type { Ending } from '../machine/report.ts';
import { Staging } from '../machine/staging.ts';
import { phases } from '../phases.ts';
import type { Reality } from '../reality/reality.ts';
import type { Watch } from '../watch.ts';

/** A machine for tests: it behaves as another one does, and lends pages, scattered over what it was asked for. */
export class LendingMachine<End extends Ending> implements Machine<End> {
  readonly name: string;
  readonly rehearses: boolean;
  readonly #inner: Machine<End>;
  readonly #staging = new Staging<End>();
  /** How many pages are lent now. */
  lent = 0;

  constructor(inner: Machine<End>) {
    this.name = `lending ${inner.name}`;
    this.rehearses = inner.rehearses;
    this.#inner = inner;
  }

  describe(watch?: Watch): Promise<Reality> {
    return this.#inner.describe(watch);
  }

  async lend({ pages, within }: PageNeed): Promise<PageLoan> {
    const allocator = scatteredAllocator(within, 5);
    const found = Array.from({ length: pages }, () => allocator.allocate(0) ?? noPage());
    const held = new Map(found.sort((a, b) => a - b).map((pfn) => [pfn, new Uint8Array(PAGE_SIZE)]));
    this.lent += pages;
    return {
      ranges: found.map((pfn) => ({ start: BigInt(pfn) << 12n, end: (BigInt(pfn) << 12n) | 0xfffn })),
      page: (pfn) => held.get(pfn),
      check: () => {
        if (held.size === 0) throw gone();
      },
      release: async () => {
        this.lent -= held.size;
        held.clear();
      },
    };
  }

  async stage(reboot: LoadedReboot, watch: Watch = {}): Promise<Staged<End>> {
    this.#staging.refuseIfTaken();
    const { plan, loan } = reboot;
    loan?.check();
    const inner = await this.#inner.stage(reboot, watch);
    return this.#staging.hold(plan, {
      digest: () => inner.digest(),
      discard: async () => {
        await inner.discard();
        await loan?.release();
      },
      commit: (during) => inner.commit(during),
    });
  }

  async staged(): Promise<Staged<End> | undefined> {
    return this.#staging.current;
  }
}

function noPage(): never {
  throw new RebootError('ENOMEM', 'the machine has no page left to lend', 'ask for fewer', { phase: phases.plan });
}

const gone = (): RebootError =>
  new RebootError('ESTALE', 'what was lent has been given back', 'plan it again', { phase: phases.stage });

import type { Exceptions, MaintenanceControl } from './core.ts';
import type { Domain, DomainMember } from './domain.ts';
import type { Maintenance } from './frame.ts';
import type { Invalidation } from './translation.ts';

/** What maintenance needs of the CPU that asks for it. */
export interface MaintenanceHooks {
  /** Tells a device of the store that was posted to it. */
  settleDevice(): void;
  /** Tells the machine's owner. */
  tell(what: string): void;
}

/** What one CPU has asked of instruction caches and TLBs, its own or those of its domain, until its next DSB. */
export class MaintenanceUnit implements MaintenanceControl {
  readonly dataCache: Maintenance = { completed: 0 };
  readonly #domain: Domain;
  readonly #exceptions: Exceptions;
  readonly #hooks: MaintenanceHooks;
  #fetchInvalidation: readonly DomainMember[] = [];
  #tlbInvalidation: readonly DomainMember[] = [];

  constructor(domain: Domain, exceptions: Exceptions, hooks: MaintenanceHooks) {
    this.#domain = domain;
    this.#exceptions = exceptions;
    this.#hooks = hooks;
  }

  requestInstructionInvalidation(broadcast: boolean): void {
    const { own, members } = this.#domain;
    this.#fetchInvalidation = broadcast || this.#fetchInvalidation.length > 1 ? members : [own];
    this.#hooks.tell('IC');
  }

  requestTlbInvalidation(what: Invalidation, broadcast: boolean): void {
    const { own, members } = this.#domain;
    const reached = broadcast ? members : [own];
    for (const { mmu } of reached) mmu.requestInvalidation(what);
    if (broadcast) this.#tlbInvalidation = reached;
    this.#hooks.tell('TLBI');
  }

  complete(index: number): void {
    const { own } = this.#domain;
    this.#hooks.settleDevice();
    this.dataCache.completed += 1;
    this.#settle(own, index);
    for (const member of this.#tlbInvalidation) if (member !== own) this.#settle(member, index);
    for (const member of this.#fetchInvalidation) member.invalidateInstructions();
    this.#tlbInvalidation = [];
    this.#fetchInvalidation = [];
  }

  #settle(member: DomainMember, index: number): void {
    const breach = member.mmu.completeInvalidations();
    member.forgetTranslations();
    if (breach) this.#exceptions.stop(breach.fault, breach.address ?? 0n, index, breach.detail);
  }
}

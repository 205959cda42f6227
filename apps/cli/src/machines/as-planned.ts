import {
  checkMachine,
  diffPlans,
  type Ending,
  type LoadedReboot,
  type Machine,
  type PageLoan,
  type PageNeed,
  phases,
  type Reality,
  RebootError,
  type RebootPlan,
  type Staged,
  type Watch,
} from '@kexeckit/reboot';

/**
 * A machine that takes the plan that was saved, made again there: with seeds of its own, and pages of its own where it lends some. All
 * else must be what was planned. It is the machine's own plan that is proved, against the machine as it is.
 */
export class AsPlanned<End extends Ending> implements Machine<End> {
  readonly #machine: Machine<End>;
  readonly #saved: RebootPlan;
  readonly name: string;
  readonly rehearses: boolean;
  readonly refuseEarly?: (watch?: Watch) => Promise<void>;
  readonly lend?: (need: PageNeed, watch?: Watch) => Promise<PageLoan>;

  constructor(machine: Machine<End>, saved: RebootPlan) {
    this.#machine = machine;
    this.#saved = saved;
    this.name = machine.name;
    this.rehearses = machine.rehearses;
    const [refuseEarly, lend] = [machine.refuseEarly?.bind(machine), machine.lend?.bind(machine)];
    if (refuseEarly !== undefined) this.refuseEarly = refuseEarly;
    if (lend !== undefined) this.lend = lend;
  }

  /** @throws RebootError `ESTALE` where it is not the machine that the plan is for, with what has changed. */
  async describe(watch?: Watch): Promise<Reality> {
    const reality = await this.#machine.describe(watch);
    await checkMachine(this.#saved, reality);
    return reality;
  }

  /** @throws RebootError `ESTALE` where its own plan decides something else. */
  async stage(reboot: LoadedReboot, watch?: Watch): Promise<Staged<End>> {
    refuseOther(this.#saved, reboot.plan);
    return await this.#machine.stage(reboot, watch);
  }

  async staged(): Promise<Staged<End> | undefined> {
    return await this.#machine.staged();
  }
}

/** What every host of a plan has in common. Pages of its own and seeds, with what is computed from them, are each host's. */
const COMMON = [
  ...['wishes', 'inputs', 'cmdline', 'generation', 'stage.kind', 'stage.strategy', 'stage.exceptionLevel', 'stage.vhe'],
  ...['stage.softRestart', 'stage.placement'],
] as const;

const isCommon = ({ path }: { readonly path: string }): boolean =>
  COMMON.some((common) => path === common || path.startsWith(`${common}.`));

function refuseOther(saved: RebootPlan, own: RebootPlan): void {
  const changes = diffPlans(saved, own).filter(isCommon);
  const [first] = changes;
  if (first === undefined) return;
  throw new RebootError(
    'ESTALE',
    `this machine plans something else from the same: ${first.path} is ${first.after ?? 'left out'}, not ${first.before ?? 'left out'}`,
    'plan again for this machine',
    { phase: phases.stage, changes },
  );
}

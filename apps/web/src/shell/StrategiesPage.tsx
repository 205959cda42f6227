import { createMemo, type JSX } from 'solid-js';
import { firstSubject } from '../desk/subject.ts';
import { MmuPicture } from '../features/mmu/MmuPicture.tsx';
import { mmuCosts } from '../features/mmu/model.ts';
import { Comparison, type ComparisonState } from '../features/strategies/Comparison.tsx';
import { loadOf } from '../features/strategies/load.ts';
import { choiceNamed, type PricesChoice, pricesChoices } from '../features/strategies/prices.ts';
import { StrategyTable } from '../features/strategies/StrategyTable.tsx';
import { Later } from '../shared/Later.tsx';
import type { Lab } from './lab.ts';
import { params } from './params.ts';

/** What of the view the address keeps; sizes are wishes of the desk. */
const PARAMS = params.strategies;

/** What strategies there are, how long each takes, and why. */
export function StrategiesPage(props: { readonly lab: Lab }): JSX.Element {
  const { desk, address } = props.lab;
  const keep = (name: string, value: string | undefined): void => address.setParams(new Map([[name, value]]));
  const load = createMemo(() => loadOf(desk.subject()));
  const profileItem = createMemo(() => desk.subject().items.profile);
  const choices = createMemo(() => pricesChoices(profileItem()));
  const choice = createMemo((): PricesChoice => {
    const { board, items } = desk.subject();
    const isMeasured = board === firstSubject.board && items.map === undefined && load().isUsualCpu;
    return choiceNamed(address.param(PARAMS.prices), choices(), isMeasured);
  });
  const state: ComparisonState = {
    get load() {
      return load();
    },
    get choices() {
      return choices();
    },
    get choice() {
      return choice();
    },
    get withSkipped() {
      return address.param(PARAMS.withSkipped) !== undefined;
    },
    setKernel: (mib) => desk.setWish('kernelMib', String(mib)),
    setInitrd: (mib) => desk.setWish('initrdMib', String(mib)),
    setChoice: (name) => keep(PARAMS.prices, name),
    setWithSkipped: (isOn) => keep(PARAMS.withSkipped, isOn ? 'yes' : undefined),
  };
  const costs = createMemo(() => mmuCosts(choice().profile));
  return (
    <main>
      <Comparison state={state} />
      <Later>
        <MmuPicture
          costs={costs()}
          state={address.param(PARAMS.mmu) === 'on' ? 'on' : 'off'}
          onChange={(mmu) => keep(PARAMS.mmu, mmu === 'on' ? 'on' : undefined)}
        />
      </Later>
      <Later>
        <StrategyTable />
      </Later>
    </main>
  );
}

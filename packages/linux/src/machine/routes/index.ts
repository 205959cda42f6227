import type { StrategyName } from '@kexeckit/relocation';
import { LinuxError } from '../../error.ts';
import { crashRegion } from './crash-region.ts';
import { devMem } from './dev-mem.ts';
import { kernelRoute } from './kernel.ts';
import { ownPages } from './own-pages.ts';
import type { Route } from './route.ts';

/** All routes into a stock kernel. A new one is a file, and a line here. */
const routes: readonly Route[] = [crashRegion, ownPages, kernelRoute, devMem];

/** The route of a strategy. @throws LinuxError `EOPNOTSUPP` where there is none. */
export function routeFor(strategy: StrategyName): Route {
  const found = routes.find((route) => route.strategy === strategy);
  if (found !== undefined) return found;
  const names = routes.map((route) => route.strategy).join(', ');
  throw new LinuxError('EOPNOTSUPP', `strategy ${strategy} has no way into a stock kernel`, `choose one of ${names}`, {
    value: strategy,
  });
}

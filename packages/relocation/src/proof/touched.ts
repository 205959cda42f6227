import { type PageSpan, pfnOf } from '../page.ts';
import { copiesOf } from '../stage.ts';
import { strategyNamed } from '../strategies.ts';
import type { Ledger } from './ledger.ts';
import { SpanSet, touchedPages } from './spans.ts';
import type { PlanView } from './view.ts';

/** Every page that is touched, by the role that it has on the machine. */
export function checkRoles(view: PlanView, ledger: Ledger): void {
  const { roles, stage } = view;
  const check = (span: PageSpan, permitted: SpanSet, owner: string, use: string): void => {
    ledger.checked('roles', span.pages);
    if (permitted.covers(span)) return;
    const { first } = firstOutside(span, permitted, ledger);
    ledger.violated('roles', first, [owner], `${use} a page that is ${roleOf(view, first, ledger)}`);
  };
  for (const destination of view.destinations) {
    const { segment } = destination;
    const isInPlace = segment.placement === 'in-place';
    check(
      destination,
      isInPlace ? roles.region : roles.destinations,
      segment.name,
      isInPlace ? 'it is loaded to' : 'it is moved to',
    );
  }
  for (const { source, pages } of copiesOf(stage))
    check({ first: source, pages }, roles.loadable, 'source', 'the loader writes to');
  for (const { pfn, owner } of stage.controlPages) {
    check({ first: pfn, pages: 1 }, roles.loadable, owner, 'the loader writes to');
  }
  checkDelivered(view, ledger);
  checkRegion(view, ledger);
  checkConsole(view, ledger);
  checkRam(view, ledger);
}

/** The pages of a span from the first on that is not permitted: a search, for the few violations that are told. */
function firstOutside(span: PageSpan, permitted: SpanSet, ledger: Ledger): PageSpan {
  const [wrong = span] = ledger.tells('roles') ? new SpanSet([span]).without(permitted) : [];
  return wrong;
}

/** The same of a page's role. */
const roleOf = ({ roles }: PlanView, pfn: number, ledger: Ledger): string =>
  ledger.tells('roles') ? roles.nameOf(pfn) : '';

/** Only where the strategy hands the segments to the running kernel does it deliver any. */
function checkDelivered({ stage, destinations }: PlanView, ledger: Ledger): void {
  if (strategyNamed(stage.strategy).delivers) return;
  for (const { segment, first } of destinations)
    if (segment.placement === 'delivered')
      ledger.violated('roles', first, [segment.name], 'nobody brings it there by this strategy');
}

/** What lies in place lies in the region that the plan names, and that is a region of the machine. */
function checkRegion({ stage, roles, destinations }: PlanView, ledger: Ledger): void {
  const { region } = stage.placement;
  const span = region && touchedPages(region);
  if (span !== undefined && !roles.region.covers(span))
    ledger.violated('roles', span.first, ['region'], 'the machine has no such region for this strategy');
  const inside = new SpanSet(span === undefined ? [] : [span]);
  for (const destination of destinations) {
    if (destination.segment.placement === 'in-place' && !inside.covers(destination))
      ledger.violated('roles', destination.first, [destination.segment.name], 'it lies outside the region of the plan');
  }
}

/** The console is the machine's own, and its words can be written to. */
function checkConsole({ stage, world, roles }: PlanView, ledger: Ledger): void {
  const { breadcrumbs } = stage;
  if (breadcrumbs === undefined) return;
  const pfn = pfnOf(breadcrumbs.uart);
  const complain = (detail: string): void => ledger.violated('roles', pfn, ['console'], detail);
  ledger.checked('roles', 1);
  if (world.console?.address !== breadcrumbs.uart) complain("it is not the machine's console");
  if (breadcrumbs.uart % 4n !== 0n) complain('its register is not aligned to a word');
  if (roles.ram.has(pfn) || roles.reserved.has(pfn)) complain(`it lies in memory that is ${roles.nameOf(pfn)}`);
}

/** What the plan takes for RAM is RAM. */
function checkRam(view: PlanView, ledger: Ledger): void {
  const { stage, roles } = view;
  for (const range of SpanSet.within(stage.placement.ram))
    if (!roles.ram.covers(range)) {
      const { first } = firstOutside(range, roles.ram, ledger);
      ledger.violated('roles', first, ['ram'], `the plan takes a page for RAM that is ${roleOf(view, first, ledger)}`);
    }
}

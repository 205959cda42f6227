import { createHash } from 'node:crypto';
import { type BundledHost, defaultRoute, describeHost, type RouteName, readBundle, routesOf } from '@kexeckit/linux';
import { digestReality } from '@kexeckit/reboot';

/** What a host is, as far as a plan depends on it. */
export interface HostReality {
  /** The key of its class: SHA-256, in hex. */
  readonly key: string;
  /** The route that it offers first; undefined where it offers none for certain. */
  readonly route: RouteName | undefined;
  /** What the bundle says that `uname` said; undefined where it does not say. */
  readonly uname: BundledHost['uname'];
}

/** Hosts of another version of this have no class in common. */
const VERSION = 1;

/**
 * Which class a host belongs to. Two hosts are of one class exactly where a saved plan of one is not refused by the other
 * (`checkMachine` of `@kexeckit/reboot`), and planning has the same to go by: the release, what of memory 32-bit devices reach, how regions
 * go on, the route. What each boot has anew and no plan is refused for (boot id, seeds, free memory, clocks) does not count.
 *
 * @param bundle what `doctor --collect` wrote.
 * @throws LinuxError for a bundle that is none, or that no plan can be made from.
 */
export async function realityOfBundle(bundle: Uint8Array, signal?: AbortSignal): Promise<HostReality> {
  const { host, uname } = await readBundle(bundle, signal);
  const reality = describeHost(host);
  const { osrelease, lowLimit, ownPages, nextRegion } = reality;
  const route = defaultRoute(host, routesOf(host));
  const digest = await digestReality(reality);
  const dependedOn = { version: VERSION, ...digest, osrelease, lowLimit, ownPages, nextRegion, route };
  return { key: createHash('sha256').update(stableJson(dependedOn)).digest('hex'), route, uname };
}

/** JSON whose members stand in order, so that equal values have equal texts. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `0x${inner.toString(16)}`;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

import type { MachineProfile } from '@kexeckit/cost';
import {
  collectHost,
  defaultRoute,
  type Finding,
  type Host,
  preflight,
  type RouteName,
  type RouteOffer,
  readHost,
  routesOf,
  type Unread,
  withLenientMap,
} from '@kexeckit/linux';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readProfile } from '../../options/profile.ts';
import { checkPlace, replaceFile } from '../../options/replace-file.ts';
import { inLine } from '../../render/printable.ts';
import { remark } from '../../render/remark.ts';
import { hostIn } from '../bundle.ts';
import type { Request } from '../command.ts';
import type { DoctorValues } from './values.ts';

/** A tar that was written. */
export interface WrittenBundle {
  readonly file: string;
  readonly bytes: number;
  /** Files in it. */
  readonly files: number;
  /** What could not be read, and why. */
  readonly unread: readonly Unread[];
  /** The tar itself, where it goes to standard output. */
  readonly bundle?: Uint8Array | undefined;
}

/** What a host is told. */
export interface Examination {
  /** Blockers first. */
  readonly findings: readonly Finding[];
  readonly routes: readonly RouteOffer[];
  readonly defaultRoute: RouteName | undefined;
  readonly written: WrittenBundle | undefined;
}

/** Who may read what a host has shown to root. */
const PRIVATE = 0o600;

/** What stands for standard output in the place of a file. */
const STDOUT = '-';

/** Looks at a host, or at a bundle of one. @throws UsageError, LinuxError */
export async function examine({ options }: Request<DoctorValues>, { io }: Context): Promise<Examination> {
  const { collect, from, root = '/' } = options;
  const profile = await readProfile(options, io);
  const signal = io.signal && { signal: io.signal };
  const asAsked = (host: Host): Host => (options.lenient ? lenient(host, io) : host);
  if (from !== undefined) {
    refuseBeside(options);
    return judged(asAsked(await hostIn(from, io)), profile);
  }
  if (collect === undefined) return judged(asAsked(await readHost({ root, ...signal })), profile);
  if (collect === STDOUT) refuseTalk(options, io);
  else await checkPlace(collect, '--collect', [options.profile]);
  const { host, bundle, files, unread } = await collectHost({ root, ...signal });
  if (collect === STDOUT)
    return judged(asAsked(host), profile, { file: collect, bytes: bundle.length, files, unread, bundle });
  await replaceFile(collect, bundle, '--collect', PRIVATE);
  return judged(asAsked(host), profile, { file: collect, bytes: bundle.length, files, unread });
}

/** A map that was copied by hand, and what had to be passed over in it. */
function lenient(given: Host, io: Context['io']): Host {
  const { host, notes } = withLenientMap(given);
  for (const { message } of notes) io.err(remark(`/proc/iomem: ${inLine(message)}`, io.errPage));
  return host;
}

function judged(host: Host, profile: MachineProfile | undefined, written?: WrittenBundle): Examination {
  const routes = routesOf(host);
  return { findings: preflight(host, undefined, profile), routes, defaultRoute: defaultRoute(host, routes), written };
}

/** A tar stands alone. */
function refuseTalk({ json }: DoctorValues, { outBytes }: Context['io']): void {
  if (json)
    throw new UsageError('EINVAL', '--json has no meaning beside --collect -', 'leave it out: the tar is the output');
  if (outBytes === undefined)
    throw new UsageError('EINVAL', '--collect - would write a tar to a terminal', 'write it to a file, or a pipe');
}

function refuseBeside(options: DoctorValues): void {
  for (const name of ['root', 'collect'] as const)
    if (options[name] !== undefined)
      throw new UsageError('EINVAL', `--${name} has no meaning for a bundle`, 'leave it out, or --from');
}

import type { Load } from '../../checks/check.ts';
import { isArm64, isBefore, kernelVersion } from '../../facts.ts';
import type { Finding, FindingId } from '../../finding.ts';
import type { Host } from '../../host-values.ts';
import { RESERVE } from '../../pages/explain.ts';
import { preflight } from '../../preflight.ts';
import type { Evidence } from '../../reading.ts';
import {
  type Condition,
  crashRegion,
  devMem,
  freeMemory,
  fromFinding,
  ioUring,
  lockedMemory,
  pageFrames,
  panicLimit,
  reservedMemoryOf,
  segmentsTaken,
  systemCall,
} from './conditions.ts';

/** The ways into a stock kernel, by the names of the strategies that take them. */
export const routeNames = ['crash-region', 'mmu-on', 'kernel', 'reserved'] as const;

/** One of them. */
export type RouteName = (typeof routeNames)[number];

/** Whether a host offers a route. */
export interface RouteOffer {
  readonly strategy: RouteName;
  /** Undefined: what decides could not be read. */
  readonly offered: boolean | undefined;
  /** What it would use; or each reason why it is not offered; or what is not known. */
  readonly why: readonly string[];
  /** Which files said so. */
  readonly evidence: readonly Evidence[];
}

/** What stands in the way of every route, whatever loads the kernel; that it has the system call is a condition of each. */
const COMMON: readonly FindingId[] = [
  'permission',
  'kexec-load-disabled',
  'load-limits',
  'cpu-offline',
  'protected-kvm',
  'device-tree',
  'tree-memory',
  'gic-its',
];

/** The same for segments that a plan has placed. */
const PLACED: readonly FindingId[] = [...COMMON, 'architecture', 'memory-map', 'lockdown', 'page-size'];

/**
 * Which routes this host offers, and why not the others. A pure function.
 *
 * @param load What is to be loaded, if known; else a kernel and an initramfs like those that run.
 * @throws LinuxError EINVAL for a negative size.
 */
export function routesOf(host: Host, load?: Load): readonly RouteOffer[] {
  const findings = preflight(host, load);
  const found = (...ids: readonly FindingId[]): Condition[] =>
    findings.filter(({ id }) => ids.includes(id)).map(fromFinding);
  const kexecLoad = [systemCall(host, 'kexec_load'), ...segmentsTaken(host), ...found(...PLACED)];
  return [
    offer('crash-region', [...kexecLoad, ...panicLimit(host), ...found('half-ram')], crashRegion(host, load)),
    offer(
      'mmu-on',
      [...kexecLoad, ...freeMemory(host, load, RESERVE), ...found('memory-hole')],
      [...ioUring(host), pageFrames(host), lockedMemory(host, load)],
    ),
    kernelRoute(host, kernelOffers(host, findings, load)),
    offer('reserved', kexecLoad, [devMem(host), reservedMemoryOf(host, load)]),
  ];
}

/**
 * The route that is taken where none is named: in place where the host has a region, then by our own relocation where the
 * kernel's runs with the MMU off, then by the kernel's. Undefined where none of them is offered for certain.
 */
export function defaultRoute(host: Host, offers: readonly RouteOffer[]): RouteName | undefined {
  const version = kernelVersion(host);
  const isOld = version !== undefined && isBefore(version, [5, 16]);
  const order: readonly RouteName[] = isOld ? ['crash-region', 'mmu-on', 'kernel'] : ['crash-region', 'kernel'];
  return order.find((name) => offers.some(({ strategy, offered }) => strategy === name && offered === true));
}

/** Both ways of the kernel's own relocation. */
interface KernelOffers {
  /** By kexec_load, as a plan has it. */
  readonly bySegments: RouteOffer;
  /** By kexec_file_load, which places everything itself, and takes signed kernels under lockdown. */
  readonly byFile: RouteOffer;
}

function kernelOffers(host: Host, findings: readonly Finding[], load?: Load): KernelOffers {
  const free = freeMemory(host, load);
  const found = (ids: readonly FindingId[]): Condition[] =>
    findings.filter(({ id }) => ids.includes(id)).map(fromFinding);
  const bySegments = offer(
    'kernel',
    [systemCall(host, 'kexec_load'), ...segmentsTaken(host), ...free, ...found([...PLACED, 'half-ram', 'memory-hole'])],
    [],
  );
  const byFile = offer(
    'kernel',
    [...found(COMMON), ...free, ...found(['half-ram'])],
    [systemCall(host, 'kexec_file_load'), ...found(['signature'])],
  );
  return { bySegments, byFile };
}

/**
 * Why this host can only be loaded by files, in words; undefined where kexec_load is there for an image that is planned, or
 * neither is.
 */
export function whyByFiles(host: Host): string | undefined {
  if (isArm64(host) === false) return `plans are for arm64, and this is ${host.architecture}`;
  if (host.lockdown !== undefined && host.lockdown !== 'none')
    return `lockdown is ${host.lockdown}: signed kernels only, by kexec_file_load`;
  const { bySegments, byFile } = kernelOffers(host, preflight(host));
  return bySegments.offered === false && byFile.offered === true ? bySegments.why.join('; ') : undefined;
}

function kernelRoute(host: Host, { bySegments, byFile }: KernelOffers): RouteOffer {
  if (bySegments.offered === true) return bySegments;
  if (byFile.offered === true || isArm64(host) === false) return byFile;
  return bySegments.offered === undefined || byFile.offered === false ? bySegments : byFile;
}

/** @param own What only this route needs, which is told where it is offered. */
function offer(strategy: RouteName, common: readonly Condition[], own: readonly Condition[]): RouteOffer {
  const all = [...common, ...own];
  const refused = all.filter(({ holds }) => holds === false);
  const unclear = all.filter(({ holds }) => holds === undefined);
  const offered = refused.length > 0 ? false : unclear.length > 0 ? undefined : true;
  const [first] = common;
  const told =
    refused.length > 0 ? refused : unclear.length > 0 ? unclear : own.length > 0 ? own : first ? [first] : [];
  return {
    strategy,
    offered,
    why: [...new Set(told.map(({ says }) => says))],
    evidence: distinct(told.flatMap(({ evidence }) => evidence)),
  };
}

const distinct = (evidence: readonly Evidence[]): Evidence[] =>
  evidence.filter(({ path, text }, at) => evidence.findIndex((one) => one.path === path && one.text === text) === at);

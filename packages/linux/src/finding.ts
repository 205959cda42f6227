import { findParameters } from '@kexeckit/cmdline';
import type { Host, HostValues } from './host-values.ts';
import { shortened } from './read-value.ts';
import type { Evidence } from './reading.ts';

/** `blocker`: kexec is refused, no plan can be made, or the next kernel would be harmed. `warning`: it may go wrong, or it is not known. */
export type Severity = 'ok' | 'warning' | 'blocker';

/** What a check looks at. */
export type FindingId =
  | 'architecture'
  | 'kexec-support'
  | 'permission'
  | 'kexec-load-disabled'
  | 'load-limits'
  | 'lockdown'
  | 'signature'
  | 'cma-segments'
  | 'memory-map'
  | 'memory-hole'
  | 'half-ram'
  | 'command-line'
  | 'already-loaded'
  | 'checksum-speed'
  | 'crashkernel'
  | 'crash-region-room'
  | 'crash-size'
  | 'page-size'
  | 'cpu-offline'
  | 'crash-cpus'
  | 'protected-kvm'
  | 'device-tree'
  | 'tree-memory'
  | 'tree-doubts'
  | 'gic-its'
  | 'relocation-speed';

/** The result of one check. */
export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  /** False where what decides could not be read: then it is a warning. */
  readonly isKnown: boolean;
  /** The fact. */
  readonly what: string;
  /** What follows from it for kexec. */
  readonly why: string;
  /** What to do; empty where there is nothing to do. */
  readonly todo: string;
  /** Which files said so, and what is in them. */
  readonly evidence: readonly Evidence[];
}

export function ok(id: FindingId, what: string, why: string, evidence: readonly Evidence[]): Finding {
  return { id, severity: 'ok', isKnown: true, what, why, todo: '', evidence };
}

export function warning(
  id: FindingId,
  what: string,
  why: string,
  todo: string,
  evidence: readonly Evidence[],
): Finding {
  return { id, severity: 'warning', isKnown: true, what, why, todo, evidence };
}

export function blocker(
  id: FindingId,
  what: string,
  why: string,
  todo: string,
  evidence: readonly Evidence[],
): Finding {
  return { id, severity: 'blocker', isKnown: true, what, why, todo, evidence };
}

/** Nobody knows: the value that decides could not be read. */
export function notKnown(id: FindingId, host: Host, field: keyof HostValues, what: string, todo: string): Finding {
  const unread = host.unread[field];
  const why = unread ? `${unread.path}: ${unread.reason}` : 'it was not read';
  const evidence = seen(host, field);
  return { id, severity: 'warning', isKnown: false, what: `${what} is not known`, why, todo, evidence };
}

/** Nobody knows, because the memory map is not there, or shows nothing. */
export function mapNotKnown(id: FindingId, host: Host, what: string): Finding {
  const todo = 'run as root on the host itself, not in a container';
  const finding = notKnown(id, host, 'iomem', what, todo);
  return host.iomem === undefined ? finding : { ...finding, why: '/proc/iomem shows no System RAM' };
}

/** What said these values, or why they are not known. */
export function seen(host: Host, ...fields: readonly (keyof HostValues)[]): Evidence[] {
  return fields.flatMap((field) => {
    const unread = host.unread[field];
    const said = host.said[field] ?? (unread && { path: unread.path, text: unread.reason });
    return said === undefined ? [] : [said];
  });
}

/** Every occurrence of a parameter in the running kernel's command line. */
export function seenInCmdline({ cmdline }: Host, name: string): Evidence[] {
  if (cmdline === undefined) return [];
  return findParameters(cmdline, name).map(({ start, end }) => ({
    path: '/proc/cmdline',
    text: shortened(cmdline.slice(start, end)),
  }));
}

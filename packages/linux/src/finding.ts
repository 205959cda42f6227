import type { Host, HostValues } from './host.ts';

/** `blocker`: kexec is refused, or no plan can be made. `warning`: it may go wrong, or it is not known. */
export type Severity = 'ok' | 'warning' | 'blocker';

/** What a check looks at. */
export type FindingId =
  | 'architecture'
  | 'kexec-support'
  | 'permission'
  | 'kexec-load-disabled'
  | 'lockdown'
  | 'memory-map'
  | 'cpu-offline'
  | 'protected-kvm'
  | 'device-tree'
  | 'uefi'
  | 'already-loaded'
  | 'gic-its'
  | 'crashkernel'
  | 'relocation-speed'
  | 'half-ram';

/** The result of one check. */
export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  /** The fact. */
  readonly what: string;
  /** What follows from it for kexec. */
  readonly why: string;
  /** What to do; empty where there is nothing to do. */
  readonly todo: string;
}

export function ok(id: FindingId, what: string, why: string): Finding {
  return { id, severity: 'ok', what, why, todo: '' };
}

export function warning(id: FindingId, what: string, why: string, todo: string): Finding {
  return { id, severity: 'warning', what, why, todo };
}

export function blocker(id: FindingId, what: string, why: string, todo: string): Finding {
  return { id, severity: 'blocker', what, why, todo };
}

/** Nobody knows: the value that decides could not be read. */
export function notKnown(id: FindingId, host: Host, field: keyof HostValues, what: string, todo: string): Finding {
  const unread = host.unread[field];
  const why = unread ? `${unread.path}: ${unread.reason}` : 'it was not read';
  return warning(id, `${what} is not known`, why, todo);
}

import * as v from 'valibot';
import { count, flag, list, object, text, totals, word } from './parts.ts';
import { evidence, offer, route } from './route.ts';

/** Why a file was not read. */
export const unread = object(
  { path: text('the file, as it is called on the host'), code: text('the name of an errno'), reason: text('why') },
  'a file that could not be read',
);

const ids = [
  ...(['architecture', 'kexec-support', 'permission', 'kexec-load-disabled', 'load-limits', 'lockdown'] as const),
  ...(['signature', 'cma-segments', 'memory-map', 'memory-hole', 'half-ram', 'command-line'] as const),
  ...(['already-loaded', 'checksum-speed', 'crashkernel', 'crash-region-room', 'crash-size', 'page-size'] as const),
  ...(['cpu-offline', 'crash-cpus', 'protected-kvm', 'device-tree', 'tree-memory', 'tree-doubts'] as const),
  ...(['gic-its', 'relocation-speed'] as const),
] as const;

const finding = object(
  {
    id: word(ids, 'what was looked at'),
    severity: word(['ok', 'warning', 'blocker'], 'whether it stands in the way'),
    isKnown: flag('false where what decides could not be read'),
    what: text('the fact'),
    why: text('what follows from it for kexec'),
    todo: text('what to do; empty where there is nothing to do'),
    evidence,
  },
  'the result of one check',
);

const bundle = object(
  {
    file: text('where'),
    bytes: count('its bytes'),
    files: count('files in it'),
    unread: list(unread, 'what could not be read'),
  },
  'the tar that was written',
);

export const doctor = object(
  {
    findings: list(finding, 'every check, blockers first'),
    routes: list(offer, 'every route'),
    default: v.nullable(route),
    written: v.optional(bundle),
    totals: totals({
      findings: count('findings'),
      blockers: count('findings that are blockers'),
      warnings: count('findings that are warnings'),
      routes: count('routes'),
      offered: count('routes that the host offers for certain'),
    }),
  },
  'What kexeckit doctor prints',
);

export type DoctorJson = v.InferOutput<typeof doctor>;

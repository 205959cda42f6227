import { mergeRanges } from '@kexeckit/ioport';
import type { Reality } from '@kexeckit/reboot';
import { type ItemKind, type MapItem, rangeItem } from './item.ts';

type RoleSpan = Reality['roles'][number];

/** The look of each role that has one. Usable memory is the ground, and devices lie outside of the rows. */
const looks: Readonly<Partial<Record<RoleSpan['role'], ItemKind>>> = {
  'running kernel': 'old kernel',
  'crash region': 'crash kernel',
  'kexec region': 'region',
  reserved: 'reserved',
  'no-map': 'reserved',
};

/** What memory holds before any plan. Neighbouring reservations are one mark. */
export function roleItems(roles: Reality['roles']): MapItem[] {
  const reserved = roles.filter(({ role }) => looks[role] === 'reserved');
  return [
    ...mergeRanges(reserved).map((range) => rangeItem('reserved', 'Reserved', range)),
    ...roles.flatMap((span) => {
      const kind = looks[span.role];
      return kind === undefined || kind === 'reserved' ? [] : [rangeItem(kind, nameOf(span, kind), span)];
    }),
  ];
}

function nameOf({ name, role }: RoleSpan, kind: ItemKind): string {
  const known = name ?? role;
  return kind === 'old kernel' ? `${known} of the running kernel` : known;
}

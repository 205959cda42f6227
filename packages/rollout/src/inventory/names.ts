import { IANAZone } from 'luxon';
import { refusal } from '../text/fields.ts';
import { shown } from '../text/shown.ts';

const NAME_MAX = 253;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
/** `user@host`, an address, an IPv6 address with its scope: nothing that a shell or a command line takes for more. */
const ADDRESS = /^(?:[A-Za-z0-9_][A-Za-z0-9._+-]*@)?[A-Za-z0-9_:][A-Za-z0-9._:-]*(?:%[A-Za-z0-9][A-Za-z0-9._-]*)?$/;
const TRANSPORT = /^[a-z][a-z0-9-]{0,31}$/;
/** Kubernetes' own: a name of at most 63 characters, behind a DNS name and `/` where there is a prefix. */
const LABEL_KEY = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
/** Kubernetes' own and some more, for zones of time such as `Etc/GMT+5`; nothing that a selector takes for more. */
const LABEL_VALUE = /^[A-Za-z0-9._/:+@-]*$/;
const LABEL_VALUE_MAX = 253;
/** Labels of a host. */
const LABELS_MAX = 64;

const NAME_HINT = `give letters, digits, ".", "_" and "-", neither "-" nor "." first, at most ${NAME_MAX} characters`;

/** Whether every object has it: then a look-up would find what nobody has written. */
const isInherited = (name: string): boolean => Object.hasOwn(Object.prototype, name);

/** @throws RolloutError `EINVAL` for what is no name of a host. */
export function checkHostName(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= NAME_MAX && NAME.test(value) && !isInherited(value)) return value;
  throw refusal(where, `${shown(value)} is no name of a host`, NAME_HINT, value);
}

/** @throws RolloutError `EINVAL` for what is no address. */
export function checkAddress(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= 2 * NAME_MAX && ADDRESS.test(value)) return value;
  const hint = 'give a name, an address or user@name; what else is needed to reach it goes into the SSH configuration';
  throw refusal(where, `${shown(value)} is no address`, hint, value);
}

/** @throws RolloutError `EINVAL` for what is no name of a transport. */
export function checkTransport(value: unknown, where: string): string {
  if (typeof value === 'string' && TRANSPORT.test(value)) return value;
  throw refusal(where, `${shown(value)} is no transport`, 'give a name such as ssh or local', value);
}

/** Zones that were looked at: there are few, and each look costs. */
const zones = new Map<string, boolean>();
const ZONES_MAX = 1000;

/** Whether a zone of time is known by this name. */
export function isZone(name: string): boolean {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const valid = name.length <= 64 && IANAZone.isValidZone(name);
  if (zones.size < ZONES_MAX) zones.set(name, valid);
  return valid;
}

/** The label that says in which zone of time a host is. */
export const ZONE_LABEL = 'timezone';

/** @throws RolloutError `EINVAL` for what is no key of a label. */
export function checkLabelKey(key: string, where: string): void {
  if (key.length <= NAME_MAX + 64 && LABEL_KEY.test(key) && !isInherited(key)) return;
  const hint = 'give letters, digits, ".", "_" and "-", a letter or digit first and last, at most 63 characters';
  throw refusal(where, `${shown(key)} is no key of a label`, hint, key);
}

/** @throws RolloutError `EINVAL` for what is no value of a label. */
export function checkLabelValue(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= LABEL_VALUE_MAX && LABEL_VALUE.test(value)) return value;
  const hint = `give letters, digits and any of . _ - / : + @, at most ${LABEL_VALUE_MAX} characters`;
  throw refusal(where, `${shown(value)} is no value of a label`, hint, value);
}

/** @throws RolloutError `EINVAL` for what are no labels: a mapping of keys to values, `timezone` a zone that there is. */
export function checkLabels(value: unknown, where: string): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(where, `these labels are ${shown(value)}`, 'give a mapping, such as role: web', value);
  }
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length > LABELS_MAX) {
    throw refusal(where, `${entries.length} labels`, `give at most ${LABELS_MAX}`);
  }
  const labels: Record<string, string> = {};
  for (const [key, given] of entries) {
    checkLabelKey(key, where);
    const label = checkLabelValue(given, `${where}.${key}`);
    if (key === ZONE_LABEL && !isZone(label)) {
      throw refusal(
        `${where}.${key}`,
        `there is no zone ${shown(label)}`,
        'give an IANA name such as Europe/Berlin',
        label,
      );
    }
    labels[key] = label;
  }
  return labels;
}

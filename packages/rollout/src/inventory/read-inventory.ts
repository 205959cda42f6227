import { RolloutError } from '../error.ts';
import { fieldsOf, refusal } from '../text/fields.ts';
import { readYaml } from '../text/read-yaml.ts';
import { shown } from '../text/shown.ts';
import type { HostEntry, Inventory } from './host.ts';
import { checkAddress, checkHostName, checkLabels, checkTransport } from './names.ts';

/** Characters of an inventory. */
const INVENTORY_MAX = 64 * 2 ** 20;
/** Hosts of an inventory, and of a rollout. */
export const HOSTS_MAX = 500_000;

const TOP: ReadonlySet<string> = new Set(['hosts']);
const FIELDS: ReadonlySet<string> = new Set(['name', 'address', 'transport', 'labels'] satisfies (keyof HostEntry)[]);
const NO_LABELS: HostEntry['labels'] = Object.freeze({});

/**
 * The hosts of an inventory in YAML or JSON: `hosts`, a list of mappings with `name` and, where wanted, `address`, `transport` and `labels`.
 * A value is text as it is written: the label `1.10` stays `1.10`.
 *
 * @throws RolloutError `EFBIG` · `EINVAL` with the place of the first fault: a name or an address that is none or is there twice, a field
 * that there is not, a label that is none.
 */
export function readInventory(text: string): Inventory {
  const read = readYaml(text, { what: 'the inventory', scalars: 'text', most: INVENTORY_MAX });
  const listed = fieldsOf(read, 'the inventory', TOP).get('hosts');
  if (!Array.isArray(listed) || listed.length === 0) {
    throw refusal('hosts', `this is ${shown(listed)}`, 'give a list with a host or more: - name: web-1', listed);
  }
  if (listed.length > HOSTS_MAX) {
    throw new RolloutError('EFBIG', `hosts: ${listed.length} hosts, more than ${HOSTS_MAX}`, 'split the inventory');
  }
  const hosts = listed.map((entry: unknown, at) => hostEntry(entry, `hosts[${at}]`));
  checkUnique(hosts);
  return { hosts };
}

function hostEntry(value: unknown, where: string): HostEntry {
  const fields = fieldsOf(value, where, FIELDS);
  const name = checkHostName(fields.get('name'), `${where}.name`);
  const labels = fields.has('labels') ? checkLabels(fields.get('labels'), `${where}.labels`) : NO_LABELS;
  return {
    name,
    ...(fields.has('address') ? { address: checkAddress(fields.get('address'), `${where}.address`) } : {}),
    ...(fields.has('transport') ? { transport: checkTransport(fields.get('transport'), `${where}.transport`) } : {}),
    labels,
  };
}

/**
 * Each host once: a host that has two names would be rebooted twice. Capital and small letters are the same here, as in DNS.
 *
 * @throws RolloutError `EINVAL` for a name, or an address of the same transport, that is there twice.
 */
export function checkUnique(hosts: readonly HostEntry[]): void {
  const names = new Map<string, number>();
  const byTransport = new Map<string, Map<string, number>>();
  for (const [at, { name, address, transport = 'ssh' }] of hosts.entries()) {
    const small = name.toLowerCase();
    const before = names.get(small);
    if (before !== undefined) {
      const what = `${shown(name)} is the name of hosts[${before}] as well`;
      throw refusal(`hosts[${at}].name`, what, 'give each host once', name);
    }
    names.set(small, at);
    const addresses = byTransport.get(transport) ?? new Map<string, number>();
    if (addresses.size === 0) byTransport.set(transport, addresses);
    const reached = address === undefined ? small : address.toLowerCase();
    const beside = addresses.get(reached);
    if (beside !== undefined) {
      const what = `${shown(address ?? name)} is where hosts[${beside}] is as well`;
      throw refusal(`hosts[${at}].address`, what, 'give each host once, under one name', address ?? name);
    }
    addresses.set(reached, at);
  }
}

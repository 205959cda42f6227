import { RolloutError } from '../error.ts';
import { checkAddress, checkHostName, checkLabels, checkTransport } from '../inventory/names.ts';
import { checkUnique, HOSTS_MAX } from '../inventory/read-inventory.ts';
import { checkPolicy } from '../policy/check-policy.ts';
import { refusal } from '../text/fields.ts';
import { readJson } from '../text/read-json.ts';
import { readBy } from '../text/read-schema.ts';
import { shown } from '../text/shown.ts';
import type { PlannedHost, PlannedWave, RolloutDocument } from './document.ts';
import { documentSchema } from './document-schema.ts';
import { planWaves } from './waves.ts';

/** Characters of a saved rollout: half a million hosts have fewer. */
const DOCUMENT_MAX = 384 * 2 ** 20;

/** A rollout as a file: JSON, a line for each host, class and wave. */
export function saveRolloutDocument(document: RolloutDocument): string {
  const lines = Object.entries(document).map(([key, value]: [string, unknown]) => {
    if (!Array.isArray(value) || value.length === 0) return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return `${JSON.stringify(key)}: [\n    ${value.map((each: unknown) => JSON.stringify(each)).join(',\n    ')}\n  ]`;
  });
  return `{\n  ${lines.join(',\n  ')}\n}\n`;
}

/**
 * Reads a saved rollout, and checks all of it.
 *
 * @throws RolloutError as {@link checkRolloutDocument}, and for what is no JSON, or too large.
 */
export function readRolloutDocument(text: string): RolloutDocument {
  return checkRolloutDocument(readJson(text, 'the rollout', DOCUMENT_MAX));
}

/**
 * A rollout of any origin, checked whole: every field, names as in an inventory, each host in a class that there is and in one wave, numbers
 * of hosts and budgets as they add up, waves as the policy gives them for these hosts.
 *
 * @throws RolloutError `EINVAL` with the place of the first fault · `EFBIG` for too many hosts.
 */
export function checkRolloutDocument(value: unknown): RolloutDocument {
  const document = readBy(documentSchema, value, 'the rollout');
  checkPolicy(document.policy);
  if (document.hosts.length > HOSTS_MAX) {
    throw new RolloutError(
      'EFBIG',
      `hosts: ${document.hosts.length} hosts, more than ${HOSTS_MAX}`,
      'split the rollout',
    );
  }
  for (const [at, host] of document.hosts.entries()) checkHost(host, `hosts[${at}]`);
  checkUnique(document.hosts);
  checkMachines(document.hosts);
  checkClasses(document);
  checkLeft(document);
  checkWaves(document);
  return document;
}

function checkHost({ name, address, transport, labels }: PlannedHost, where: string): void {
  checkHostName(name, `${where}.name`);
  if (address !== undefined) checkAddress(address, `${where}.address`);
  if (transport !== undefined) checkTransport(transport, `${where}.transport`);
  checkLabels(labels, `${where}.labels`);
}

/** Two names that reach one machine would reboot it twice. */
function checkMachines(hosts: readonly PlannedHost[]): void {
  const machines = new Map<string, number>();
  for (const [at, { machineId }] of hosts.entries()) {
    if (machineId === '') continue;
    const before = machines.get(machineId);
    if (before !== undefined) {
      const what = `${shown(machineId)} is the machine of hosts[${before}] as well`;
      throw refusal(
        `hosts[${at}].machineId`,
        what,
        'give each machine once, and an /etc/machine-id of its own',
        machineId,
      );
    }
    machines.set(machineId, at);
  }
}

function checkClasses({ classes, hosts }: RolloutDocument): void {
  const counts = new Map<string, number>();
  for (const [at, { key }] of classes.entries()) {
    if (counts.has(key)) throw refusal(`classes[${at}].key`, 'another class has this key', 'plan again', key);
    counts.set(key, 0);
  }
  for (const [at, host] of hosts.entries()) {
    const count = counts.get(host.class);
    if (count === undefined) throw refusal(`hosts[${at}].class`, 'there is no such class', 'plan again', host.class);
    counts.set(host.class, count + 1);
  }
  for (const [at, { key, hosts: told }] of classes.entries()) {
    const count = counts.get(key);
    if (count !== told) throw refusal(`classes[${at}].hosts`, `it says ${told}, and has ${count}`, 'plan again', told);
  }
}

function checkLeft({ left, hosts }: RolloutDocument): void {
  const names = new Set(hosts.map(({ name }) => name.toLowerCase()));
  for (const [at, { host }] of left.entries()) {
    const where = `left[${at}].host`;
    checkHostName(host, where);
    if (names.has(host.toLowerCase()))
      throw refusal(where, `${shown(host)} takes part, or is there twice`, 'plan again');
    names.add(host.toLowerCase());
  }
}

/** Waves and budgets are what the policy gives for these hosts: so each host is in one wave. */
function checkWaves({ hosts, policy, waves, failureBudget }: RolloutDocument): void {
  const expected = planWaves(hosts, policy);
  if (failureBudget !== expected.failureBudget) {
    const what = `it is ${failureBudget}, and ${expected.failureBudget} by the policy`;
    throw refusal('failureBudget', what, 'plan again', failureBudget);
  }
  for (const [at, wave] of expected.waves.entries()) checkWave(waves[at], wave, `waves[${at}]`);
  if (waves.length > expected.waves.length) {
    throw refusal(`waves[${expected.waves.length}]`, 'the policy gives no such wave', 'plan again');
  }
}

function checkWave(wave: PlannedWave | undefined, expected: PlannedWave, where: string): void {
  if (wave === undefined) throw refusal(where, `the wave ${shown(expected.name)} is missing`, 'plan again');
  for (const field of ['name', 'concurrency', 'failureBudget', 'soakMs'] as const) {
    if (wave[field] === expected[field]) continue;
    const what = `it is ${shown(wave[field])}, and ${shown(expected[field])} by the policy`;
    throw refusal(`${where}.${field}`, what, 'plan again', wave[field]);
  }
  const length = Math.max(wave.hosts.length, expected.hosts.length);
  for (let at = 0; at < length; at++) {
    if (wave.hosts[at] === expected.hosts[at]) continue;
    const what = `it is ${shown(wave.hosts[at])}, and ${shown(expected.hosts[at])} by the policy`;
    throw refusal(`${where}.hosts[${at}]`, what, 'plan again', wave.hosts[at]);
  }
}

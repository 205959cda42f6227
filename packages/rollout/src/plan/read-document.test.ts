import { describe, expect, test } from 'vitest';
import { RolloutError } from '../error.ts';
import { rolloutOf } from '../testing/rollout.ts';
import { checkRolloutDocument, readRolloutDocument, saveRolloutDocument } from './read-document.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RolloutError) return `${error.code} ${error.message}; ${error.hint}`;
    throw error;
  }
  return 'none';
}

const text = saveRolloutDocument(rolloutOf(20));

/** The saved rollout with one member replaced, or taken away. */
function changed(path: string, value: Json | undefined): Json {
  const document: Json = JSON.parse(text);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let owner: Json | undefined = document;
  for (const key of keys) owner = Object.entries(owner ?? {}).find(([name]) => name === key)?.[1];
  if (typeof owner !== 'object' || owner === null) throw new Error(`there is no ${path}`);
  if (value === undefined) Reflect.deleteProperty(owner, last);
  else Object.defineProperty(owner, last, { value, enumerable: true, configurable: true, writable: true });
  return document;
}

describe('a saved rollout', () => {
  test('is read back as it was, a line for each host', () => {
    expect(readRolloutDocument(text)).toEqual(rolloutOf(20));
    expect(text.split('\n').filter((line) => line.includes('"machineId"'))).toHaveLength(20);
    expect(checkRolloutDocument(changed('id', 'other'))).toEqual({ ...rolloutOf(20), id: 'other' });
  });

  test.each([
    ['', /the rollout is no JSON; give the file/],
    ['{', /the rollout is no JSON/],
    ['[]', /the rollout: this is an empty list/],
    ['null', /the rollout: this is nothing/],
    ['{"format":"kexeckit-rollout/2"}', /format: this is "kexeckit-rollout\/2"/],
    ['{"a":{"b":"\\"}{","c":[{"b":1},{"b":1}]},"\\u0061":1}', /the key "a" is twice/],
    ['{"a":[{"b":1,"b" : 2}]}', /the key "b" is twice/],
  ])('%j is refused', (broken, says) => {
    expect(refusal(() => readRolloutDocument(broken))).toMatch(says);
  });

  test.each<[path: string, value: Json | undefined, says: RegExp]>([
    ['others', 1, /the rollout: there is no "others"/],
    ['__proto__', {}, /the rollout: there is no "__proto__"/],
    ['id', undefined, /id: this is missing/],
    ['id', '-a', /id: this is "-a"; give letters/],
    ['id', '../x', /id: this is/],
    ['id', 'a'.repeat(65), /id: this is/],
    ['policy.windows.0.zone', 'Europe/Bonn', /windows\[0\].zone: there is no zone/],
    ['policy.drain.argv', 'kubectl', /policy.drain.argv: this is "kubectl".*no shell/],
    ['policy.drain.shell', true, /policy.drain: there is no "shell"/],
    ['policy.healthWithinMs', -1, /policy.healthWithinMs: this is -1/],
    ['policy.healthWithinMs', undefined, /policy.healthWithinMs: this is missing/],
    ['policy.concurrency', 11, /waves\[0\].concurrency: it is 10, and 11 by the policy/],
    ['policy.failureBudget', '10%', /failureBudget: it is 0, and 2 by the policy/],
    ['next.release', '', /next.release: this is ""/],
    ['next.release', '6.12; reboot', /next.release/],
    ['next.cmdline', 'a\nb', /next.cmdline: this is "a\\u\{a\}b"; give one line/],
    ['next.kernel.path', 'vmlinuz', /next.kernel.path: .*; give the whole path/],
    ['next.kernel.sha256', 'AB', /next.kernel.sha256: this is "AB"; give 64/],
    ['next.kernel.size', 0, /next.kernel.size/],
    ['next.kernel.size', 1.5, /next.kernel.size/],
    ['classes.0.hosts', 9, /classes\[0\].hosts: it says 9, and has 10; plan again/],
    ['classes.1.key', '0'.repeat(64), /classes\[1\].key: another class/],
    ['classes.0.proof.checks', 0, /classes\[0\].proof.checks: .*nothing was proved/],
    ['hosts.1.class', 'f'.repeat(64), /hosts\[1\].class: there is no such class/],
    ['hosts.1.name', '-x', /hosts\[1\].name: "-x" is no name/],
    ['hosts.1.name', 'web-0', /hosts\[1\].name: "web-0" is the name of hosts\[0\]/],
    ['hosts.1.name', 'web-99', /waves\[1\].hosts\[0\]: it is "web-1", and "web-99" by the policy/],
    ['hosts.1.address', '$(reboot)', /hosts\[1\].address/],
    ['hosts.1.address', 'web-0', /hosts\[1\].address: "web-0" is where hosts\[0\] is/],
    ['hosts.1.labels', { role: 'a b' }, /hosts\[1\].labels.role/],
    ['hosts.1.labels', { role: 1 }, /hosts\[1\].labels: this is a mapping; give a mapping of text to text/],
    ['hosts.1.labels', [], /hosts\[1\].labels/],
    ['hosts.1.labels.constructor', 'x', /hosts\[1\].labels: "constructor" is no key of a label/],
    ['hosts.1.labels.__proto__', 'x', /hosts\[1\].labels: "__proto__" is no key of a label/],
    ['hosts.1.constructor', 'x', /hosts\[1\]: there is no "constructor"/],
    ['next.toString', 'x', /next: there is no "toString"/],
    ['hosts.1.labels', { timezone: 'x' }, /hosts\[1\].labels.timezone: there is no zone/],
    ['hosts.1.labels.role', 'canary', /waves\[0\].hosts\[1\]: it is nothing, and "web-1" by the policy/],
    ['hosts.1.machineId', `${'0'.repeat(31)}1`, /hosts\[1\].machineId: .* is the machine of hosts\[0\] as well/],
    ['hosts.1.machineId', 'x', /hosts\[1\].machineId/],
    ['hosts', [], /classes\[0\].hosts: it says 10, and has 0/],
    ['waves', [], /waves\[0\]: the wave "canary" is missing/],
    ['waves.1.hosts.0', 'web-0', /waves\[1\].hosts\[0\]: it is "web-0", and "web-1"/],
    ['waves.1.hosts.19', 'web-0', /waves\[1\].hosts\[19\]: it is "web-0", and nothing/],
    ['waves.0.soakMs', 0, /waves\[0\].soakMs: it is 0, and 600000/],
    ['waves.0.name', 'first', /waves\[0\].name: it is "first", and "canary"/],
    [
      'waves.2',
      { name: 'x', concurrency: 1, failureBudget: 0, soakMs: 0, hosts: [] },
      /waves\[2\]: the policy gives no such wave/,
    ],
    ['failureBudget', 5, /failureBudget: it is 5, and 0 by the policy/],
    ['left.0.host', 'WEB-0', /left\[0\].host: "WEB-0" takes part, or is there twice/],
    ['left.0.why', '', /left\[0\].why: this is ""; say why/],
    ['left.0.why', '\u001b[2J', /left\[0\].why: .*; give one line/],
  ])('with %s as %j is refused with its place', (path, value, says) => {
    expect(refusal(() => checkRolloutDocument(changed(path, value)))).toMatch(says);
    expect(refusal(() => checkRolloutDocument(changed(path, value)))).not.toMatch(/\p{Cc}/u);
  });

  test.each(['x', '\\\\', '\\"'])('a text of millions of %s is refused in words', (piece) => {
    const text = `{"a":"${piece.repeat(2e7 / piece.length)}"}`;
    expect(refusal(() => readRolloutDocument(text))).toMatch(/this is missing/);
  });

  test('each member is missed where it is not there', () => {
    const paths = [
      'format',
      'id',
      'policy',
      'next',
      'classes',
      'hosts',
      'waves',
      'failureBudget',
      'left',
      'next.kernel',
      'next.agent',
      'next.cmdline',
      'hosts.3.labels',
      'hosts.3.class',
      'hosts.3.machineId',
      'waves.1.hosts',
      'policy.windows',
      'policy.blockers',
      'policy.windows.0.start',
    ];
    for (const path of paths)
      expect(
        refusal(() => checkRolloutDocument(changed(path, undefined))),
        path,
      ).toMatch(/this is missing/);
  });
});

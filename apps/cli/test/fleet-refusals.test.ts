import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import { saveRolloutDocument } from '@kexeckit/rollout';
import { beforeAll, describe, expect, test } from 'vitest';
import { fleetDocument } from './fleet-fixture.ts';
import { expectRefused, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();
const path = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): void => writeFileSync(path(name), content);

beforeAll(() => {
  write('hosts.yaml', 'hosts: [{ name: web-1 }]\n');
  write('policy.yaml', 'concurrency: 2\n');
  write('Image', generateWorkload(1 << 16, 1 << 16, 1).kernel);
  write('no-kernel', 'x');
});

const INVENTORY = ['--inventory', path('hosts.yaml')];
const POLICY = ['--policy', path('policy.yaml')];
const KERNEL = ['--kernel', path('Image'), '--append', 'quiet', '--release', '6.12.0', '--agent', path('policy.yaml')];
const OUTPUT = ['--output', path('rollout.json')];
const plan = (...args: readonly (readonly string[])[]): string[] => ['fleet', 'plan', ...OUTPUT, ...args.flat()];

describe('a plan is refused', () => {
  test.each<[string, string[], RegExp]>([
    ['without a policy', plan(INVENTORY, KERNEL), /a policy is missing; give --policy FILE/],
    ['without a kernel', plan(INVENTORY, POLICY), /a kernel is missing/],
    ['without an inventory', plan(POLICY, KERNEL), /an inventory is missing/],
    [
      'with two',
      plan(INVENTORY, ['--inventory-command', 'hosts'], POLICY, KERNEL),
      /--inventory with --inventory-command/,
    ],
    [
      'with a shell',
      plan(['--inventory-command', 'hosts | head'], POLICY, KERNEL),
      /--inventory-command cannot be hosts \| head; there is no shell/,
    ],
    ['with no kernel', plan(INVENTORY, POLICY, ['--kernel', path('no-kernel')]), /is no arm64 kernel/],
    [
      'without a release',
      plan(INVENTORY, POLICY, ['--kernel', path('Image'), '--append', 'quiet']),
      /does not say its release/,
    ],
    ['without a command line', plan(INVENTORY, POLICY, ['--kernel', path('Image'), '--release', '6']), /give --append/],
    [
      'without the side of hosts',
      plan(INVENTORY, POLICY, KERNEL.slice(0, -2)),
      /many files, of which hosts need one; give --agent/,
    ],
    ['with a bad name', plan(INVENTORY, POLICY, KERNEL, ['--id', 'a/b']), /--id cannot be a\/b/],
    [
      'over its own inventory',
      ['fleet', 'plan', '--output', path('hosts.yaml'), ...INVENTORY, ...POLICY, ...KERNEL],
      /is the file that is read/,
    ],
  ])('%s', async (_, args, message) => {
    await expectRefused(args, message);
  });

  test.each<[string, string, RegExp]>([
    ['no hosts', 'hosts: []', /hosts/],
    ['no YAML', 'hosts: [', /inventory/],
    [
      'a name that a shell would read',
      'hosts: [{ name: "a;reboot" }]',
      /hosts\[0\]\.name: "a;reboot" is no name of a host/,
    ],
    ['an address that is an option', 'hosts: [{ name: a, address: "-oProxyCommand=x" }]', /hosts\[0\]\.address/],
    [
      'a transport that there is not',
      'hosts: [{ name: a, transport: carrier-pigeon }]',
      /carrier-pigeon, which is not there/,
    ],
    [
      'simulated hosts without a farm',
      'hosts: [{ name: a, transport: simulated }]',
      /KEXECKIT_FARM says where they are/,
    ],
  ])('with an inventory of %s', async (_, text, message) => {
    write('bad.yaml', text);
    const { code, out, err } = await kexeckitHere(plan(['--inventory', path('bad.yaml')], POLICY, KERNEL, ['--json']));
    expect(err).toMatch(message);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'EINVAL' } });
    expect(code).toBe(1);
  });

  test.each<[string, string, RegExp]>([
    ['fails', '["sh", "-c", "echo it is broken >&2; exit 3"]', /EIO: sh ended with 3: it is broken/],
    ['is not there', 'no-such-program-of-ours', /EIO: no-such-program-of-ours ended with 127/],
    ['prints no inventory', 'echo {}', /hosts/],
  ])('with a program that %s', async (_, words, message) => {
    const { code, err } = await kexeckitHere(plan(['--inventory-command', words], POLICY, KERNEL));
    expect(err).toMatch(message);
    expect(code).toBe(1);
  });

  test('with a policy that has a word that there is not', async () => {
    write('bad-policy.yaml', 'concurency: 2');
    const { code, err } = await kexeckitHere(plan(INVENTORY, ['--policy', path('bad-policy.yaml')], KERNEL));
    expect(err).toMatch(/EINVAL: .*concurency/);
    expect(code).toBe(1);
  });
});

test('a program prints the inventory, by its arguments and without a shell', async () => {
  const words = JSON.stringify(['printf', '%s', 'hosts: [{ name: "$HOME" }]']);
  const { err } = await kexeckitHere(plan(['--inventory-command', words], POLICY, KERNEL));
  expect(err).toMatch(/"\$HOME" is no name of a host/);
});

describe('a run is refused, and no database is made', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', 'x', /the rollout is no JSON/],
    ['a half', saveRolloutDocument(fleetDocument).slice(0, 200), /the rollout is no JSON/],
    ['another document', '{"format": "kexeckit-rollout/2"}', /format/],
    ['files that are not here', saveRolloutDocument(fleetDocument), /ENOENT: \/Image cannot be read here/],
  ])('with %s', async (_, text, message) => {
    write('rollout.json', text);
    const { code, err } = await kexeckitHere(['fleet', 'run', path('rollout.json'), '--database', path('db')]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  test('with an address that is no database', async () => {
    const { code, err } = await kexeckitHere(['fleet', 'status', '--database', 'mysql://u:secret@h/x']);
    expect(err).toMatch(/mysql:\/\/ is no database/);
    expect(err).not.toContain('secret');
    expect(code).toBe(2);
  });
});

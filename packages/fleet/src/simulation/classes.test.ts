import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentOver } from '../agent/agent.ts';
import { realityOfBundle } from '../reality/class-key.ts';
import { survey } from '../reality/survey.ts';
import { bootFiles, DirectFarm } from '../testing/direct-farm.ts';
import { type FarmClass, farmHosts } from './config.ts';
import { bundleOf, guestFiles } from './guests.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-farm-'));
const boot = bootFiles('6.12.0-next');
afterAll(() => {
  boot.remove();
  rmSync(folder, { recursive: true });
});

const keys = new Map<string, string>();
const classes: FarmClass[] = [];
let strange = '';

async function bundleFile(name: string, end: string): Promise<string> {
  const map = `40000000-${end} : System RAM\n  40210000-415fffff : Kernel code\n  41a00000-41cfffff : Kernel data\n`;
  const bundle = await bundleOf({ ...guestFiles, 'proc/iomem': map });
  const path = join(folder, name);
  writeFileSync(path, bundle);
  keys.set(name, (await realityOfBundle(bundle)).key);
  return path;
}

beforeAll(async () => {
  classes.push({ name: 'blade', share: 3, bundle: await bundleFile('blade', 'bfffffff') });
  classes.push({ name: 'board', share: 1, bundle: await bundleFile('board', '9fffffff') });
  strange = await bundleFile('strange', '7fffffff');
});

test('hosts that describe themselves with real bundles are found to be of their classes', async () => {
  expect(new Set(keys.values()).size).toBe(3);
  const fates = { hosts: { 'host-07': ['wrong-reality'], 'host-08': ['describe-fails'] } } as const;
  const direct = new DirectFarm({ hosts: 40, classes, strange, fates });
  const hosts = [...farmHosts(direct.farm.config)];
  const found = await survey(
    hosts.map(({ entry }) => entry),
    { agent: boot.next.agent, agentFor: () => agentOver(direct, boot.next.agent, direct.clock), concurrency: 1 },
  );
  const expected = hosts
    .filter(({ entry }) => entry.name !== 'host-08')
    .map(({ entry: { name }, class: own, machineId }) => ({
      name,
      class: keys.get(name === 'host-07' ? 'strange' : own.name),
      machineId,
    }));
  expect(found.hosts.map(({ name, class: key, machineId }) => ({ name, class: key, machineId }))).toEqual(expected);
  expect(found.left.map(({ host }) => host)).toEqual(['host-08']);
  expect(found.classes.map(({ hosts: count }) => count).reduce((sum, count) => sum + count)).toBe(39);
  expect(found.classes.length).toBe(3);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@kexeckit/fleet';
import {
  type FarmClass,
  type FarmConfig,
  farmConfig,
  farmHosts,
  guestBundles,
  inEveryPhase,
  serveFarm,
} from '@kexeckit/fleet/simulation';
import { generateWorkload } from '@kexeckit/reboot';
import type { Context } from '../../context.ts';
import type { FleetFarmJson } from '../../json/fleet.ts';
import { replaceFile } from '../../options/replace-file.ts';
import { shellWord } from '../../quoted.ts';
import { plural } from '../../render/fleet/words.ts';
import { plainJson } from '../../render/json.ts';
import type { Request, View } from '../command.ts';
import type { FarmValues } from './values.ts';

const defaults = { hosts: 30, trouble: 0, seed: 1, speed: 10, release: '6.12.0-next' } as const;

/** Bytes of a kernel that is none, and rehearses fast. */
const KERNEL_BYTES = 1 << 16;

/** Simulates hosts until the work is to end. */
export async function serveHosts({ options }: Request<FarmValues>, { io }: Context): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kexeckit-farm-'));
  try {
    const config = await configOf(options, folder);
    const files = options.files === undefined ? undefined : await writeFiles(options.files, config);
    const server = await serveFarm(config);
    const told: FleetFarmJson = {
      address: server.address,
      hosts: config.hosts,
      release: config.nextRelease,
      ...(files && { files }),
    };
    io.out(options.json ? plainJson(told) : io.page.asCalled(wordsOf(told)));
    await new Promise<void>((resolve) => {
      if (io.signal?.aborted) resolve();
      io.signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    await server.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function configOf(options: FarmValues, folder: string): Promise<FarmConfig> {
  const { hosts, trouble, seed, speed, release } = { ...defaults, ...options };
  const classes: FarmClass[] = [];
  for (const { name, bundle } of await guestBundles()) {
    const path = join(folder, name);
    await writeFile(path, bundle);
    classes.push({ name, share: 1, bundle: path });
  }
  const now = Date.now();
  return farmConfig({
    seed,
    hosts,
    nextRelease: release,
    clock: { scale: 1 / speed, start: now, realStart: now },
    classes,
    fates: { shares: inEveryPhase(trouble) },
  });
}

/** How a rollout goes over a farm: its hosts know these commands. */
const policy = {
  waves: [
    { name: 'canary', select: 'role=canary', soak: '10s' },
    { name: 'zone-a', select: 'zone=a' },
  ],
  concurrency: 8,
  failureBudget: '10%',
  drain: { argv: ['sim', 'drain'], on: 'host', limit: '1m' },
  restore: { argv: ['sim', 'restore'], on: 'host', limit: '1m' },
  health: { argv: ['sim', 'health'], on: 'host', limit: '30s' },
  console: { argv: ['sim', 'console'], on: 'host', limit: '30s' },
  healthWithin: '2m',
  returnWithin: '2m',
};

async function writeFiles(folder: string, config: FarmConfig): Promise<NonNullable<FleetFarmJson['files']>> {
  await makeFolder(folder);
  const hosts = [...farmHosts(config)].map(({ entry }) => `  ${JSON.stringify(entry)}`);
  const { kernel } = generateWorkload(KERNEL_BYTES, KERNEL_BYTES, config.seed);
  const files = {
    inventory: join(folder, 'hosts.json'),
    policy: join(folder, 'policy.json'),
    kernel: join(folder, 'Image'),
  };
  await replaceFile(files.inventory, `{"hosts": [\n${hosts.join(',\n')}\n]}\n`, '--files');
  await replaceFile(files.policy, `${JSON.stringify(policy, null, 2)}\n`, '--files');
  await replaceFile(files.kernel, kernel, '--files');
  return files;
}

/** What to do with it. */
function wordsOf({ address, hosts, release, files }: FleetFarmJson): string {
  const lines = [
    `${plural(hosts, 'simulated host')}, until Ctrl-C. In another terminal:`,
    `  export KEXECKIT_FARM=${shellWord(address)}`,
  ];
  if (files !== undefined) {
    const { inventory, policy: rules, kernel } = files;
    const given = [
      `--inventory ${shellWord(inventory)}`,
      `--policy ${shellWord(rules)}`,
      `--kernel ${shellWord(kernel)}`,
    ];
    lines.push(`  kexeckit fleet plan ${given.join(' ')} --append quiet --release ${shellWord(release)}`);
    lines.push('  kexeckit fleet run rollout.json');
  }
  return `${lines.join('\n')}\n`;
}

/** All has been said when it began. */
export const farmView: View<void> = { text: () => '', json: () => undefined };

import type { HostEntry } from '@kexeckit/rollout';
import { afterAll, describe, expect, test } from 'vitest';
import { type Agent, agentOver } from '../agent/agent.ts';
import { FleetError } from '../error.ts';
import { type BootFiles, bootFiles, DirectFarm } from '../testing/direct-farm.ts';
import { commandKinds } from './command.ts';
import { type FarmInput, farmHosts } from './config.ts';
import { Cuts } from './cuts.ts';
import type { FateKind } from './fates.ts';
import { machineIdOf } from './host.ts';

const boot: BootFiles = bootFiles('6.12.0-next');
afterAll(() => boot.remove());
const host: HostEntry = { name: 'host-3', labels: {} };

/** A host with these fates, and what the worker does to it. */
class Bench {
  readonly farm: DirectFarm;
  readonly agent: Agent;

  constructor(kinds: readonly FateKind[] = [], more: Partial<FarmInput> = {}) {
    this.farm = new DirectFarm({ fates: { hosts: { [host.name]: kinds } }, ...more });
    this.agent = agentOver(this.farm, boot.next.agent, this.farm.clock);
  }

  async staged(): Promise<string> {
    const { bootId } = await this.agent.identify(host);
    const { kernel, initrd, agent } = boot.next;
    await this.agent.install(host, [agent, kernel, boot.plan, ...(initrd === undefined ? [] : [initrd])]);
    await this.agent.stage(host, boot.next, boot.plan);
    return bootId;
  }

  /** Commits, and waits for as long as a boot takes at most. */
  async committed(): Promise<string> {
    const bootId = await this.staged();
    await this.agent.commit(host, 'r1', bootId);
    this.farm.now += 1e5;
    return bootId;
  }

  async hook(what: string): Promise<number | undefined> {
    return (await this.farm.run(host, { argv: ['sim', what], limitMs: 60_000, maxBytes: 4096 })).code;
  }

  events(): readonly string[] {
    return this.farm.farm.ledger.entries.map(({ event }) => event);
  }
}

/** The code of what a call throws; `fine` where it throws nothing. */
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'fine',
    (error) => (error instanceof FleetError ? error.code : String(error)),
  );

test('the road of a good host', async () => {
  const bench = new Bench();
  const before = await bench.agent.identify(host);
  expect(before).toMatchObject({ release: '6.1.0-old', architecture: 'aarch64', machineId: machineIdOf(1, 'host-3') });
  await bench.staged();
  expect(await bench.agent.isStaged(host)).toBe(true);
  await bench.agent.discard(host);
  expect(await bench.agent.isStaged(host)).toBe(false);
  await bench.staged();
  expect(await bench.hook('drain')).toBe(0);
  expect(await bench.agent.claimOf(host, 'r1')).toBeUndefined();
  expect(await bench.agent.commit(host, 'r1', before.bootId)).toBe('committed');
  expect(await codeOf(bench.agent.identify(host))).toBe('ECONNREFUSED');
  bench.farm.now += 20_000;
  const after = await bench.agent.identify(host);
  expect(after).toMatchObject({ release: '6.12.0-next', machineId: before.machineId });
  expect(after.bootId).not.toBe(before.bootId);
  expect(await bench.agent.claimOf(host, 'r1')).toBe(before.bootId);
  expect(await bench.hook('health')).toBe(0);
  expect(Object.keys(await bench.agent.evidence(host))).toEqual(['shutdown', 'startup']);
  expect(await bench.hook('restore')).toBe(0);
  await bench.staged();
  expect(await bench.agent.commit(host, 'r1', after.bootId)).toBe('already');
  const [write, load] = [['write', 'write', 'write', 'write'], 'load'];
  expect(bench.events()).toEqual([
    ...write,
    ...[load, 'unload', load, 'drain', 'claim', 'commit', 'up', 'restore', load, 'exec-refused'],
  ]);
});

test.each([
  ['unreachable', 'EHOSTUNREACH'],
  ['locked-out', 'EACCES'],
  ['key-changed', 'EKEYREJECTED'],
  ['identify-fails', 'EIO'],
  ['garbage-identity', 'EPROTO'],
  ['escapes-identity', 'EPROTO'],
  ['huge-identity', 'EMSGSIZE'],
] as const)('%s: asked who it is, it is %s', async (kind, code) => {
  expect(await codeOf(new Bench([kind]).agent.identify(host))).toBe(code);
});

test.each([
  ['describe-fails', 'EIO'],
  ['garbage-description', 'EPROTO'],
  ['huge-description', 'EMSGSIZE'],
] as const)('%s: asked what it is, it is %s', async (kind, code) => {
  const { agent } = new Bench([kind]);
  await agent.install(host, [boot.next.agent]);
  expect(await codeOf(agent.describe(host))).toBe(code);
});

test('wrong-reality: it describes what is of no class, and does not load', async () => {
  const bench = new Bench(['wrong-reality']);
  await bench.agent.install(host, [boot.next.agent]);
  const good = new Bench();
  await good.agent.install(host, [boot.next.agent]);
  expect(await bench.agent.describe(host)).not.toEqual(await good.agent.describe(host));
  expect(await codeOf(bench.staged())).toBe('ESTALE');
  expect(bench.events()).not.toContain('load');
});

test('another-identity: it has the machine id of another host of the farm', async () => {
  const bench = new Bench(['another-identity']);
  const { machineId } = await bench.agent.identify(host);
  const all = [...farmHosts(bench.farm.farm.config)].filter((each) => each.machineId === machineId);
  expect(all.length).toBe(1);
  expect(all[0]?.entry.name).not.toBe(host.name);
});

test('files: no room for the agent, or for what is booted', async () => {
  const { agent, kernel } = boot.next;
  expect(await codeOf(new Bench(['install-fails']).agent.install(host, [agent]))).toBe('EIO');
  expect(await codeOf(new Bench(['install-fails']).agent.install(host, [kernel]))).toBe('fine');
  expect(await codeOf(new Bench(['upload-fails']).agent.install(host, [agent]))).toBe('fine');
  expect(await codeOf(new Bench(['upload-fails']).agent.install(host, [kernel]))).toBe('EIO');
});

test('load: it fails, or breaks once when it is done, or says what makes no sense', async () => {
  const failing = new Bench(['load-fails']);
  expect(await codeOf(failing.staged())).toBe('EIO');
  expect(failing.events()).not.toContain('load');
  for (const [kind, code] of [['load-breaks', 'EIO'] as const, ['load-garbage', 'EPROTO'] as const]) {
    const bench = new Bench([kind]);
    expect(await codeOf(bench.staged())).toBe(code);
    expect(await bench.agent.isStaged(host)).toBe(true);
    expect(await codeOf(bench.staged())).toBe('fine');
  }
});

test('drain: it fails half-way, or never ends', async () => {
  const failing = new Bench(['drain-fails']);
  expect(await failing.hook('drain')).toBe(1);
  expect(failing.events()).toEqual(['drain']);
  expect(await codeOf(new Bench(['drain-hangs']).hook('drain'))).toBe('ETIMEDOUT');
});

test.each([
  ['exec-refused', 'EBUSY', []],
  ['exec-breaks-before', 'EIO', []],
  ['exec-breaks-after', 'EIO', ['claim', 'commit']],
  ['exec-garbage', 'EIO', ['claim', 'commit']],
  ['never-leaves', 'fine', ['claim']],
] as const)('%s: the commit is %s, and the ledger has %j', async (kind, code, events) => {
  const bench = new Bench([kind]);
  const bootId = await bench.staged();
  const before = bench.events().length;
  expect(await codeOf(bench.agent.commit(host, 'r1', bootId))).toBe(code);
  expect(bench.events().slice(before)).toEqual(events);
});

test('exec-breaks-before: the second commit goes through', async () => {
  const bench = new Bench(['exec-breaks-before']);
  const bootId = await bench.staged();
  expect(await codeOf(bench.agent.commit(host, 'r1', bootId))).toBe('EIO');
  expect(await bench.agent.claimOf(host, 'r1')).toBeUndefined();
  expect(await bench.agent.commit(host, 'r1', bootId)).toBe('committed');
});

test('never-leaves: it stays in its boot, and lets the rollout in no second time', async () => {
  const bench = new Bench(['never-leaves']);
  const bootId = await bench.committed();
  expect((await bench.agent.identify(host)).bootId).toBe(bootId);
  expect(await bench.agent.commit(host, 'r1', bootId)).toBe('already');
});

test.each(['never-returns', 'panics'] as const)('%s: nobody is there any more', async (kind) => {
  const bench = new Bench([kind]);
  await bench.committed();
  expect(await codeOf(bench.agent.identify(host))).toBe('EHOSTUNREACH');
  expect(bench.events().at(-1)).toBe('down');
});

test('panics: its console says so, though nobody is there', async () => {
  const bench = new Bench(['panics']);
  const ask = { argv: ['sim', 'console'], limitMs: 60_000, maxBytes: 4096 } as const;
  expect((await bench.farm.run(host, ask)).stdout.length).toBe(0);
  await bench.committed();
  await codeOf(bench.agent.identify(host));
  expect(Buffer.from((await bench.farm.run(host, ask)).stdout).toString()).toContain('Kernel panic - not syncing');
});

test('old-kernel, other-machine: it is back, and not as expected', async () => {
  const old = new Bench(['old-kernel']);
  const bootId = await old.committed();
  const found = await old.agent.identify(host);
  expect(found.release).toBe('6.1.0-old');
  expect(found.bootId).not.toBe(bootId);
  const other = new Bench(['other-machine']);
  await other.committed();
  expect((await other.agent.identify(host)).machineId).not.toBe(machineIdOf(1, host.name));
});

test('returns-late: it is away for as long as the config says', async () => {
  const bench = new Bench(['returns-late'], { times: { late: [500_000, 500_000] } });
  await bench.committed();
  expect(await codeOf(bench.agent.identify(host))).toBe('ECONNREFUSED');
  bench.farm.now += 5e5;
  expect(await codeOf(bench.agent.identify(host))).toBe('fine');
});

test('health: ill for ever, for a while, or without an answer, and only after the reboot', async () => {
  for (const kind of ['unhealthy', 'unhealthy-while', 'health-hangs'] as const)
    expect(await new Bench([kind]).hook('health')).toBe(0);
  const ill = new Bench(['unhealthy']);
  await ill.committed();
  expect(await ill.hook('health')).toBe(1);
  ill.farm.now += 1e9;
  expect(await ill.hook('health')).toBe(1);
  const recovering = new Bench(['unhealthy-while'], { times: { unhealthy: [2e5, 2e5] } });
  await recovering.committed();
  expect(await recovering.hook('health')).toBe(1);
  recovering.farm.now += 2e5;
  expect(await recovering.hook('health')).toBe(0);
  const silent = new Bench(['health-hangs']);
  await silent.committed();
  expect(await codeOf(silent.hook('health'))).toBe('ETIMEDOUT');
});

test.each([
  ['evidence-fails', 'ENOENT'],
  ['evidence-garbage', 'EPROTO'],
  ['evidence-huge', 'EMSGSIZE'],
  ['evidence-escapes', 'EPROTO'],
] as const)('%s: asked for evidence, it is %s', async (kind, code) => {
  const bench = new Bench([kind]);
  await bench.committed();
  expect(await codeOf(bench.agent.evidence(host))).toBe(code);
});

test('restore-fails: the host stays drained', async () => {
  const bench = new Bench(['restore-fails']);
  await bench.hook('drain');
  expect(await bench.hook('restore')).toBe(1);
  expect(bench.events()).toEqual(['drain', 'restore-failed']);
});

test('slow: all takes a multiple', async () => {
  const time = async (kinds: readonly FateKind[]): Promise<number> => {
    const bench = new Bench(kinds, { times: { slowFactor: 3 } });
    await bench.staged();
    return bench.farm.now;
  };
  expect((await time(['slow'])) / (await time([]))).toBeCloseTo(3, 6);
});

test('fates wait until the farm is armed', async () => {
  const bench = new Bench(['identify-fails'], { armed: false });
  expect(await codeOf(bench.agent.identify(host))).toBe('fine');
  bench.farm.farm.arm();
  expect(await codeOf(bench.agent.identify(host))).toBe('EIO');
});

describe('what nobody should ask', () => {
  test.each([
    [['cat', '/etc/shadow']],
    [['uname', '-a']],
    [['sh', '-c', 'reboot']],
    [['sh', '-c', 'echo', 'sh', '/x', 'y']],
    [['sim', 'explode']],
    [['/tmp/kexeckit', 'exec']],
    [['']],
  ] as const)('%j is no program', async (argv) => {
    const [program, ...rest] = argv;
    const { farm } = new Bench();
    const { code } = await farm.run(host, { argv: [program, ...rest], limitMs: 1000, maxBytes: 100 });
    expect(code).toBe(127);
  });

  test.each(['host-', 'host-10', 'host-03', 'host-3.5', 'host-1e0', 'elsewhere', ''])('%j is no host', async (name) => {
    const { agent } = new Bench();
    expect(await codeOf(agent.identify({ name, labels: {} }))).toBe('EHOSTUNREACH');
  });

  test('a program that is not there', async () => {
    expect(await codeOf(new Bench().agent.describe(host))).toBe('ENOENT');
  });

  test('a file with other bytes than its digest says is not kept', async () => {
    const { agent } = boot.next;
    const bench = new Bench();
    const path = `/var/lib/kexeckit/fleet/${agent.sha256}`;
    const { writeCommand } = await import('../agent/install.ts');
    const argv = writeCommand(path, agent.sha256);
    const request = { argv, stdin: new Uint8Array(3), limitMs: 1000, maxBytes: 100 };
    expect((await bench.farm.run(host, request)).code).toBe(3);
    expect(bench.events()).toEqual([]);
  });

  test('a reply may be as long as was asked for, and no longer', async () => {
    const { farm } = new Bench();
    const ask = (maxBytes: number) => farm.run(host, { argv: ['uname', '-m'], limitMs: 1000, maxBytes });
    expect(await codeOf(ask(8))).toBe('fine');
    expect(await codeOf(ask(7))).toBe('EMSGSIZE');
  });

  test('what takes longer than was asked for is given up, and done all the same', async () => {
    const bench = new Bench([], { times: { drain: [5000, 5000] } });
    const drain = bench.farm.run(host, { argv: ['sim', 'drain'], limitMs: 100, maxBytes: 100 });
    expect(await codeOf(drain)).toBe('ETIMEDOUT');
    expect(bench.farm.now).toBe(100);
    expect(bench.events()).toEqual(['drain']);
  });
});

describe('cuts', () => {
  const reach = (farm: DirectFarm): Promise<string> =>
    codeOf(farm.run(host, { argv: ['uname', '-m'], limitMs: 1000, maxBytes: 100 }));

  test('on demand, between any two, until they end or are mended', async () => {
    const { farm } = new Bench();
    const { cuts } = farm.farm;
    cuts.add({ worker: 'w1', host: host.name, until: 5000 });
    expect(['EHOSTUNREACH', 'ETIMEDOUT']).toContain(await reach(farm));
    farm.now = 5000;
    expect(await reach(farm)).toBe('fine');
    cuts.add({ worker: 'w2', host: '*', until: 1e6 });
    cuts.add({ worker: '*', host: 'host-4', until: 1e6 });
    expect(await reach(farm)).toBe('fine');
    cuts.add({ worker: '*', host: '*', until: 1e6 });
    expect(await reach(farm)).not.toBe('fine');
    cuts.mend();
    expect(await reach(farm)).toBe('fine');
  });

  test('one that begins before the reply breaks the connection: it is done, and nobody knows', async () => {
    const bench = new Bench();
    const bootId = await bench.staged();
    const { farm } = bench.farm;
    const argv = [
      `/var/lib/kexeckit/fleet/${boot.next.agent.sha256}/kexeckit`,
      'exec',
      '--once',
      'r1',
      '--boot-id',
      bootId,
    ];
    const request = { worker: 'w1', host: host.name, argv, limitMs: 1000, maxBytes: 1000 };
    const answer = farm.run(request, bench.farm.now);
    farm.cuts.add({ worker: 'w1', host: host.name, until: 1e9 });
    expect(farm.arrive(request, answer, bench.farm.now + 1)).toMatchObject({ trouble: 'EIO' });
    expect(bench.events().slice(-3)).toEqual(['claim', 'commit', 'cut']);
  });

  test('by the seed, as many commands as it says, the same for the same seed', () => {
    const names = Array.from({ length: 1000 }, (_, at) => `host-${at}`);
    const map = (seed: number): string => {
      const cuts = new Cuts(seed, { share: 0.1 });
      return names
        .flatMap((name) => commandKinds.map((kind) => (cuts.decided(name, kind, 0) === undefined ? '.' : 'x')))
        .join('');
    };
    const share = map(1).replaceAll('.', '').length / map(1).length;
    expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
    expect(map(1)).toBe(map(1));
    expect(map(1)).not.toBe(map(2));
    const cuts = new Cuts(1, { share: 1 });
    const rows = names.map((name) => [0, 1, 2, 3].map((times) => cuts.decided(name, 'load', times)));
    expect(new Set(rows.flat())).toEqual(new Set(['refuses', 'silent', 'breaks', 'unheard', undefined]));
    // One to three in turn, from the first on.
    const lengths = rows.map((row) => row.indexOf(undefined));
    expect(new Set(lengths)).toEqual(new Set([1, 2, 3]));
    expect(rows.every((row, at) => row.slice(lengths[at]).every((kind) => kind === undefined))).toBe(true);
  });

  test.each([
    ['refuses', 'EHOSTUNREACH', []],
    ['silent', 'ETIMEDOUT', []],
    ['breaks', 'EIO', ['drain']],
    ['unheard', 'ETIMEDOUT', ['drain']],
  ] as const)('one by the seed that %s, whoever asks', async (kind, code, events) => {
    const seed = Array.from({ length: 1000 }, (_, at) => at).find(
      (each) => new Cuts(each, { share: 1 }).decided(host.name, 'drain', 0) === kind,
    );
    if (seed === undefined) throw new Error('no seed does that');
    const bench = new Bench([], { seed, cuts: { share: 1 } });
    const drain = bench.farm.run(host, { argv: ['sim', 'drain'], limitMs: 60_000, maxBytes: 100 });
    expect(await codeOf(drain)).toBe(code);
    expect(bench.events()).toEqual([...events, 'cut']);
  });
});

test('the same seed and the same questions are answered in the same way, at the same time', async () => {
  const run = async (seed: number): Promise<string> => {
    const bench = new Bench([], { seed });
    await bench.committed();
    await codeOf(bench.agent.evidence(host));
    return JSON.stringify([bench.farm.now, bench.farm.farm.ledger.entries]);
  };
  expect(await run(1)).toBe(await run(1));
  expect(await run(1)).not.toBe(await run(2));
});

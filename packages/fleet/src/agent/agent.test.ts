import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DigestedFile, HostEntry, NextSystem } from '@kexeckit/rollout';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { FleetError } from '../error.ts';
import type { RunRequest, RunResult, Transport } from '../transport/transport.ts';
import { type Agent, agentOver, BUNDLE_MOST } from './agent.ts';
import { ASK_SCRIPT, WRITE_SCRIPT } from './install.ts';

const host: HostEntry = { name: 'a1', labels: {} };
const BOOT = '0f7e5c1a-9a53-4a0e-8a0e-6f2d6a0b1c2d';
const MACHINE = '0123456789abcdef0123456789abcdef';
const AGENT = 'a'.repeat(64);
const agentPath = `/var/lib/kexeckit/fleet/${AGENT}/kexeckit`;
const IDENTITY = ['cat', '/proc/sys/kernel/random/boot_id', '/proc/sys/kernel/osrelease', '/etc/machine-id'];

const text = (said: string): Uint8Array => new TextEncoder().encode(said);
const json = (value: unknown): Uint8Array => text(JSON.stringify(value));
const failed = (code: string, message = 'no', hint = 'do'): Uint8Array =>
  json({ error: { kind: 'failed', code, message, hint, phase: null } });

type Reply = Partial<RunResult> | FleetError;

/** Answers what it is told to, in order, and keeps what it was asked. */
class Scripted implements Transport {
  readonly name = 'scripted';
  readonly asked: RunRequest[] = [];
  readonly #replies: Reply[];

  constructor(replies: readonly Reply[]) {
    this.#replies = [...replies];
  }

  async run(_: HostEntry, request: RunRequest): Promise<RunResult> {
    this.asked.push(request);
    const reply = this.#replies.shift();
    if (reply === undefined) throw new Error(`nothing is scripted for ${request.argv.join(' ')}`);
    if (reply instanceof FleetError) throw reply;
    return { code: 0, stdout: new Uint8Array(), stderr: '', ...reply };
  }

  async close(): Promise<void> {}
}

let now = 0;
const clock: Clock = { now: () => now, sleep: async () => {}, scale: 1 };
const agentFile: DigestedFile = { path: '/nowhere', size: 1, sha256: AGENT };

function over(replies: readonly Reply[]): { agent: Agent; asked: RunRequest[] } {
  const transport = new Scripted(replies);
  return { agent: agentOver(transport, agentFile, clock), asked: transport.asked };
}

async function refusal(call: Promise<unknown>): Promise<FleetError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FleetError);
  if (!(error instanceof FleetError)) throw error;
  for (const said of [error.message, error.hint, error.value ?? '']) {
    expect(said).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(said.length).toBeLessThan(1200);
  }
  return error;
}

describe('identify', () => {
  const good = text(`${BOOT}\n6.1.0-37-arm64\n${MACHINE}\n`);

  it('asks for the files, and for the architecture', async () => {
    const { agent, asked } = over([{ stdout: good }, { stdout: text('aarch64\n') }]);
    expect(await agent.identify(host)).toEqual({
      bootId: BOOT,
      machineId: MACHINE,
      release: '6.1.0-37-arm64',
      architecture: 'aarch64',
    });
    expect(asked.map(({ argv }) => argv)).toEqual([IDENTITY, ['uname', '-m']]);
    for (const { maxBytes } of asked) expect(maxBytes).toBe(4096);
  });

  it.each([
    ['has none', { code: 1, stdout: text(`${BOOT}\n6.1.0\n`), stderr: 'cat: /etc/machine-id: No such file' }],
    ['has an empty one', { stdout: text(`${BOOT}\n6.1.0\n\n`) }],
    ['is of an image', { stdout: text(`${BOOT}\n6.1.0\nuninitialized\n`) }],
  ])('says no machine id where the host %s', async (_, reply) => {
    const { agent } = over([reply, { stdout: text('aarch64\n') }]);
    expect((await agent.identify(host)).machineId).toBe('');
  });

  it.each([
    ['of another shape', text('hello\n6.1.0\n')],
    ['with escapes in the release', text(`${BOOT}\n6.1\u001b[2J\n${MACHINE}\n`)],
    ['with a right-to-left mark', text(`${BOOT}\n6.1\u202e0\n${MACHINE}\n`)],
    ['with a path in the machine id', text(`${BOOT}\n6.1.0\n../../etc/passwd\n`)],
    ['with a line too many', text(`${BOOT}\n6.1.0\n${MACHINE}\nmore\n`)],
    ['that is no text', Uint8Array.of(0xff, 0xfe, 0)],
    ['with a login message before it', text(`Welcome!\n${BOOT}\n6.1.0\n${MACHINE}\n`)],
  ])('refuses a reply %s', async (_, stdout) => {
    expect((await refusal(over([{ stdout }]).agent.identify(host))).code).toBe('EPROTO');
  });

  it('refuses an architecture that is none', async () => {
    const call = over([{ stdout: good }, { stdout: text('$(reboot)\n') }]).agent.identify(host);
    expect((await refusal(call)).code).toBe('EPROTO');
  });

  it('refuses more than was asked for, from a transport that lets it through', async () => {
    const call = over([{ stdout: new Uint8Array(5 << 20) }]).agent.identify(host);
    expect((await refusal(call)).code).toBe('EMSGSIZE');
  });

  it('says what a host without cat says', async () => {
    const call = over([{ code: 127, stderr: 'sh: cat: not found' }]).agent.identify(host);
    expect(await refusal(call)).toMatchObject({
      code: 'ENOENT',
      host: 'a1',
      message: expect.stringContaining('not found'),
    });
  });

  it('passes on what the transport says', async () => {
    const changed = new FleetError('EKEYREJECTED', 'changed', 'look', { host: 'a1' });
    expect(await refusal(over([changed]).agent.identify(host))).toBe(changed);
  });

  it('asks nothing after the signal', async () => {
    const { agent, asked } = over([]);
    expect((await refusal(agent.identify(host, AbortSignal.abort()))).code).toBe('ECANCELED');
    expect(asked).toEqual([]);
  });

  it('gives what it runs one time limit together', async () => {
    const transport: Transport = {
      name: 'slow',
      run: async (_, { argv }) => {
        if (argv[0] === 'uname') throw new Error('it was asked too late');
        now += 60_000;
        return { code: 0, stdout: good, stderr: '' };
      },
      close: async () => {},
    };
    expect((await refusal(agentOver(transport, agentFile, clock).identify(host))).code).toBe('ETIMEDOUT');
  });
});

describe('install', () => {
  let folder = '';
  let file: DigestedFile = agentFile;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kexeckit-agent-'));
    const path = join(folder, 'Image');
    writeFileSync(path, 'kernel');
    file = { path, size: 6, sha256: createHash('sha256').update('kernel').digest('hex') };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const present = { stdout: text('present\n') };
  const missing = { stdout: text('missing\n') };

  it('uploads what is missing only', async () => {
    const { agent, asked } = over([present, missing, present]);
    const path = `/var/lib/kexeckit/fleet/${file.sha256}`;
    expect(await agent.install(host, [agentFile, file])).toEqual([agentPath, path]);
    expect(asked.map(({ argv }) => argv)).toEqual([
      ['sh', '-c', ASK_SCRIPT, 'sh', agentPath, AGENT],
      ['sh', '-c', ASK_SCRIPT, 'sh', path, file.sha256],
      ['sh', '-c', WRITE_SCRIPT, 'sh', path, file.sha256],
    ]);
    expect(asked[2]?.stdin).toEqual(Buffer.from('kernel'));
  });

  it('refuses a file that is not the one of the rollout', async () => {
    const other = { ...file, sha256: 'b'.repeat(64) };
    expect((await refusal(over([missing]).agent.install(host, [other]))).code).toBe('EINVAL');
    const longer = { ...file, size: 7 };
    expect((await refusal(over([missing]).agent.install(host, [longer]))).code).toBe('EINVAL');
    const gone = { ...file, path: join(folder, 'gone') };
    expect((await refusal(over([missing]).agent.install(host, [gone]))).code).toBe('ENOENT');
  });

  it('reads a file again after a failure', async () => {
    const { agent } = over([missing, missing, present]);
    const late = { ...file, path: join(folder, 'late') };
    expect((await refusal(agent.install(host, [late]))).code).toBe('ENOENT');
    writeFileSync(late.path, 'kernel');
    await agent.install(host, [late]);
  });

  it.each([
    ['what it says makes no sense', [{ stdout: text('maybe') }], 'EPROTO'],
    ['the disk is full', [missing, { code: 1, stderr: 'cat: write error: No space left on device' }], 'EIO'],
    ['other bytes arrive', [missing, { code: 3 }], 'EIO'],
    ['it does not confirm', [missing, { stdout: text('') }], 'EPROTO'],
    ['it has no shell', [{ code: 127 }], 'ENOENT'],
  ])('fails where %s', async (_, replies, code) => {
    expect((await refusal(over(replies).agent.install(host, [file]))).code).toBe(code);
  });
});

describe('describe', () => {
  it.each([0, 1])('takes the tar, also of a host that something stands in the way of: exit code %d', async (code) => {
    const { agent, asked } = over([{ code, stdout: new Uint8Array(1024) }]);
    expect((await agent.describe(host)).length).toBe(1024);
    expect(asked[0]).toMatchObject({ argv: [agentPath, 'doctor', '--collect', '-'], maxBytes: BUNDLE_MOST });
  });

  it.each([
    ['is cut', { stdout: new Uint8Array(1000) }, 'EPROTO'],
    ['is nothing', {}, 'EPROTO'],
    ['is a refusal', { code: 2, stdout: failed('EPERM') }, 'EPERM'],
    ['is a refusal with 1', { code: 1, stdout: failed('EPERM') }, 'EPERM'],
    ['is nothing, with 1', { code: 1, stderr: 'Killed' }, 'EIO'],
  ])('refuses what %s', async (_, reply, code) => {
    expect((await refusal(over([reply]).agent.describe(host))).code).toBe(code);
  });
});

describe('what is staged', () => {
  const kernel: DigestedFile = { path: '/k', size: 1, sha256: '1'.repeat(64) };
  const initrd: DigestedFile = { path: '/i', size: 1, sha256: '2'.repeat(64) };
  const plan: DigestedFile = { path: '/p', size: 1, sha256: '3'.repeat(64) };
  const next: NextSystem = {
    kernel,
    initrd,
    cmdline: '; reboot',
    strategy: 'mmu-on',
    release: '6.1',
    agent: agentFile,
  };

  it('names files by their digests', async () => {
    const { agent, asked } = over([{ stdout: json({ kind: 'plan', strategy: 'mmu-on', more: 1 }) }]);
    await agent.stage(host, next, plan);
    const folder = '/var/lib/kexeckit/fleet';
    expect(asked[0]?.argv).toEqual([
      ...[agentPath, 'load', '--plan', `${folder}/${plan.sha256}`, '--kernel', `${folder}/${kernel.sha256}`],
      ...['--initrd', `${folder}/${initrd.sha256}`, '--rehearse', 'no', '--json'],
    ]);
  });

  it('says that no capture kernel is kept where the rollout says so', async () => {
    const { agent, asked } = over([{ stdout: json({ kind: 'plan' }) }]);
    await agent.stage(host, { ...next, initrd: undefined, withoutCaptureKernel: true }, plan);
    expect(asked[0]?.argv.slice(-4)).toEqual(['--no-capture-kernel', '--rehearse', 'no', '--json']);
  });

  it.each([
    ['what has changed', { code: 1, stdout: failed('ESTALE', 'the memory map changed') }, 'ESTALE'],
    ['a code of its own', { code: 1, stdout: failed('ENOMEM') }, 'EIO'],
    ['a code that only a transport may say', { code: 1, stdout: failed('EKEYREJECTED') }, 'EIO'],
    ['a failure with exit code 0', { stdout: failed('EBUSY') }, 'EBUSY'],
    ['escapes', { code: 1, stdout: failed('EBUSY', '\u001b]0;owned\u0007\u202eno\u0000', '\u001b[2J') }, 'EBUSY'],
    ['megabytes of message', { code: 1, stdout: failed('EBUSY', 'x'.repeat(3 << 20)) }, 'EBUSY'],
    ['files instead of a plan', { stdout: json({ kind: 'files' }) }, 'EPROTO'],
    ['no JSON', { stdout: text('loaded!') }, 'EPROTO'],
    ['JSON without an end', { stdout: text('['.repeat(1 << 20)) }, 'EPROTO'],
    ['a list', { stdout: json([1]) }, 'EPROTO'],
    ['no text', { stdout: Uint8Array.of(0xc3, 0x28) }, 'EPROTO'],
    ['nothing, and a signal', { code: undefined, stderr: 'a\n\u001b[31mKilled\n' }, 'EIO'],
    ['that it is not there', { code: 127 }, 'ENOENT'],
    ['that it may not start', { code: 126 }, 'EACCES'],
  ])('tells %s', async (_, reply, code) => {
    expect((await refusal(over([reply]).agent.stage(host, next, plan))).code).toBe(code);
  });

  it('says whether a reboot has an image', async () => {
    expect(await over([{ stdout: json({ next: true }) }]).agent.isStaged(host)).toBe(true);
    const { agent, asked } = over([{ code: 1, stdout: json({ next: false, crash: true }) }]);
    expect(await agent.isStaged(host)).toBe(false);
    expect(asked[0]?.argv).toEqual([agentPath, 'status', '--json']);
  });

  it.each([
    ['contradicts itself', { code: 1, stdout: json({ next: true }) }, 'EPROTO'],
    ['does not know', { code: 2, stdout: failed('EACCES') }, 'EACCES'],
    ['says yes, please', { stdout: json({ next: 'yes' }) }, 'EPROTO'],
  ])('does not believe a host that %s', async (_, reply, code) => {
    expect((await refusal(over([reply]).agent.isStaged(host))).code).toBe(code);
  });

  it('discards', async () => {
    const { agent, asked } = over([{ stdout: json({}) }, { code: 1, stdout: failed('EPERM') }]);
    await agent.discard(host);
    expect(asked[0]?.argv).toEqual([agentPath, 'unload', '--json']);
    expect((await refusal(agent.discard(host))).code).toBe('EPERM');
  });
});

describe('commit', () => {
  it('names the rollout and the boot', async () => {
    const { agent, asked } = over([{ stdout: json({ next: true }) }, { code: 1, stdout: failed('EEXIST') }]);
    expect(await agent.commit(host, 'r-1', BOOT)).toBe('committed');
    expect(asked[0]?.argv).toEqual([agentPath, 'exec', '--once', 'r-1', '--boot-id', BOOT, '--json']);
    expect(await agent.commit(host, 'r-1', BOOT)).toBe('already');
  });

  const error = (code: 'EIO' | 'ETIMEDOUT' | 'EMSGSIZE' | 'ECANCELED' | 'ECONNREFUSED' | 'EKEYREJECTED'): FleetError =>
    new FleetError(code, 'so', 'look');

  it.each([
    ['another boot', { code: 1, stdout: failed('ESTALE') }, 'ESTALE'],
    ['no permission', { code: 1, stdout: failed('EPERM') }, 'EPERM'],
    ['no agent', { code: 127 }, 'ENOENT'],
    ['services that take long to stop', { code: 1, stdout: failed('ETIMEDOUT') }, 'EIO'],
    ['a refusal by the transport', error('ECONNREFUSED'), 'ECONNREFUSED'],
    ['a changed key', error('EKEYREJECTED'), 'EKEYREJECTED'],
    ['a broken connection', error('EIO'), 'EIO'],
    ['a time limit', error('ETIMEDOUT'), 'EIO'],
    ['a flood', error('EMSGSIZE'), 'EIO'],
    ['a signal while it runs', error('ECANCELED'), 'EIO'],
    ['a program that a signal ended', { code: undefined }, 'EIO'],
    ['garbage with 0', { stdout: text('ok') }, 'EIO'],
    ['garbage with 1', { code: 1, stdout: text('ok') }, 'EIO'],
    ['already, with 0', { stdout: failed('EEXIST') }, 'EIO'],
  ])('tells %s', async (_, reply, code) => {
    expect((await refusal(over([reply]).agent.commit(host, 'r-1', BOOT))).code).toBe(code);
  });

  it.each([
    ['../r', BOOT],
    ['--force', BOOT],
    ['r 1', BOOT],
    ['r-1', 'now'],
  ])('asks nothing for %s in %s', async (rollout, boot) => {
    const { agent, asked } = over([]);
    expect((await refusal(agent.commit(host, rollout, boot))).code).toBe('EINVAL');
    expect(asked).toEqual([]);
  });

  it('begins nothing after the signal, and says so', async () => {
    const { agent, asked } = over([]);
    expect((await refusal(agent.commit(host, 'r-1', BOOT, AbortSignal.abort()))).code).toBe('ECANCELED');
    expect(asked).toEqual([]);
  });
});

describe('claims', () => {
  it('are read, and believed where they are claims', async () => {
    const { agent, asked } = over([{ stdout: json({ boot: BOOT }) }, { code: 1, stderr: 'cat: no such file' }]);
    expect(await agent.claimOf(host, 'r-1')).toBe(BOOT);
    expect(await agent.claimOf(host, 'r-1')).toBeUndefined();
    expect(asked[0]?.argv).toEqual(['cat', '/var/lib/kexeckit/rollouts/r-1']);
  });

  it.each([
    ['a name with a folder', '../../../etc/shadow', {}, 'EINVAL'],
    ['garbage', 'r-1', { stdout: text('root:x') }, 'EPROTO'],
    ['a host without cat', 'r-1', { code: 127 }, 'ENOENT'],
  ])('refuse %s', async (_, rollout, reply, code) => {
    expect((await refusal(over([reply]).agent.claimOf(host, rollout))).code).toBe(code);
  });
});

describe('evidence', () => {
  const last = (phases: unknown): Uint8Array => json({ kind: 'last', report: { passage: { phases } } });

  it('takes what was measured, and what is a bound as one', async () => {
    const stdout = last([
      { phase: 'shutdown', basis: 'measured', seconds: 9, bound: 'at-most', limits: ['relocation'] },
      { phase: 'relocation', basis: 'measured', seconds: 9, bound: 'at-most', limits: ['shutdown'] },
      { phase: 'checksum', basis: 'unknown', why: 'no-clock' },
      { phase: 'startup', basis: 'measured', seconds: 1.5, bound: 'exact', clock: 'printk' },
    ]);
    const { agent, asked } = over([{ stdout }]);
    expect(await agent.evidence(host)).toEqual({
      shutdown: { ms: 9000, bound: 'at-most' },
      relocation: { ms: 9000, bound: 'at-most' },
      startup: { ms: 1500, bound: 'exact' },
    });
    expect(asked[0]?.argv).toEqual([agentPath, 'timeline', '--last', '--json']);
  });

  it.each([
    ['a phase that is no name', [{ phase: '__proto__', basis: 'measured', seconds: 1 }]],
    ['a time below nothing', [{ phase: 'startup', basis: 'measured', seconds: -1 }]],
    ['thousands of phases', Array.from({ length: 5000 }, (_, at) => ({ phase: `p${at}`, basis: 'unknown' }))],
    ['a text', 'none'],
  ])('refuses %s', async (_, phases) => {
    expect((await refusal(over([{ stdout: last(phases) }]).agent.evidence(host))).code).toBe('EPROTO');
  });
});

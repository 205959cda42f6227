import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { HostEntry } from '@kexeckit/rollout';
import { skipWithout } from '@kexeckit/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sshd, whyNoSshd } from '../testing/sshd.ts';
import { refusalOf, transportContract } from '../testing/transport-contract.ts';
import { SshTransport } from './ssh.ts';
import { addressOf } from './ssh-address.ts';
import { sshFailure } from './ssh-failure.ts';
import type { RunRequest } from './transport.ts';

const hostOf = (name: string, address?: string): HostEntry => ({ name, labels: {}, ...(address && { address }) });

describe('the ssh transport, with a server of Debian’s', () => {
  let sshd: Sshd;
  let transport: SshTransport;
  beforeAll(async () => {
    if (whyNoSshd() !== undefined) return;
    sshd = await Sshd.start();
    transport = new SshTransport({ configuration: sshd.configuration });
  });
  afterAll(async () => {
    await transport?.close();
    await sshd?.stop();
  });
  beforeEach((ctx) => skipWithout(ctx, whyNoSshd()));

  transportContract(() => ({ transport, host: hostOf('good'), folder: sshd.folder }));

  const run = (address: string, argv: RunRequest['argv'], more: Partial<RunRequest> = {}) =>
    transport.run(hostOf('h1', address), { argv, limitMs: 60_000, maxBytes: 1 << 20, ...more });
  const said = async (address: string, ...argv: RunRequest['argv']): Promise<string> =>
    Buffer.from((await run(address, argv)).stdout).toString();

  it('expands nothing on the way', async () => {
    const words = ['$(id)', '; reboot', "it's", '*', '', 'a\nb', '"', '\\', '`id`', '$HOME'];
    expect(await said('good', 'printf', '%s\\0', ...words)).toBe(words.map((word) => `${word}\0`).join(''));
  });

  it.each([
    ['changed', 'EKEYREJECTED', /h1: its host key has changed/],
    ['unknown', 'EKEYREJECTED', /h1: its host key is not known/],
    ['trusting', 'EKEYREJECTED', /h1: its host key is not known/],
    ['stranger', 'EACCES', /h1: it does not let this user in/],
    ['nobody', 'ECONNREFUSED', /h1: nobody listens there/],
    ['nowhere', 'EHOSTUNREACH', /h1: there is no way to it/],
  ])('%s: %s', async (address, code, message) => {
    const error = await refusalOf(run(address, ['uname', '-m']));
    expect([error.code, error.host]).toEqual([code, 'h1']);
    expect(error.message).toMatch(message);
    expect(readFileSync(join(sshd.folder, 'known'), 'utf8')).not.toContain('trusting');
  });

  it('says that the configuration makes no sense', async () => {
    const other = new SshTransport({ configuration: join(sshd.folder, 'broken_config') });
    const asked = other.run(hostOf('good'), { argv: ['true'], limitMs: 60_000, maxBytes: 1 });
    expect((await refusalOf(asked)).code).toBe('EINVAL');
  });

  it('goes over jump hosts, and shares connections, where the configuration says so', async () => {
    expect(await said('behind', 'echo', 'hi')).toBe('hi\n');
    expect(await said('shared', 'echo', 'one')).toBe('one\n');
    expect(await said('shared', 'echo', 'two')).toBe('two\n');
    expect((await run('shared', ['sh', '-c', 'exit 7'])).code).toBe(7);
  });

  it('wants a command run, whatever else the configuration wants', async () => {
    expect(await said('odd', 'echo', 'yes')).toBe('yes\n');
  });

  it('tells a program that a signal ended, and a connection that broke', async () => {
    expect((await run('good', ['sh', '-c', 'kill -9 $$'])).code).toBeUndefined();
    const broken = await refusalOf(run('good', ['sh', '-c', 'kill -9 $PPID; sleep 2']));
    expect(broken.code).toBe('EIO');
  });

  it('believes no host that speaks like ssh', async () => {
    const lies = '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.\n';
    const told = await run('good', ['sh', '-c', `printf '%s' "$1" >&2; exit 255`, 'sh', lies]);
    expect(told.code).toBeUndefined();
    expect(told.stderr).toContain('Host key verification failed.');
  });

  it('ends what floods, hangs, or is given up', async () => {
    expect((await refusalOf(run('good', ['yes']))).code).toBe('EMSGSIZE');
    expect((await refusalOf(run('good', ['sleep', '600'], { limitMs: 3000 }))).code).toBe('ETIMEDOUT');
    const stop = new AbortController();
    const given = run('good', ['sleep', '600'], { signal: stop.signal });
    setTimeout(() => stop.abort(), 500);
    expect((await refusalOf(given)).code).toBe('ECANCELED');
  });

  it('does not wait for a server that says nothing', async () => {
    const silent: Server = createServer(() => {});
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const configuration = join(sshd.folder, 'silent_config');
    writeFileSync(configuration, `Host *\n  HostName 127.0.0.1\n  Port ${port}\n`);
    const other = new SshTransport({ configuration, connectSeconds: 1 });
    const asked = other.run(hostOf('h1'), { argv: ['true'], limitMs: 60_000, maxBytes: 1 });
    expect((await refusalOf(asked)).code).toBe('ETIMEDOUT');
    await other.close();
    silent.close();
  });
});

describe('addresses', () => {
  it.each(['a1', 'root@a1.example', '10.0.0.1', 'fe80::1%eth0', 'ssh://root@a1:2222', 'ssh://[::1]:22'])(
    '%s is one',
    (address) => {
      expect(addressOf(hostOf('h', address))).toBe(address);
    },
  );

  it.each([
    ...[
      '-oProxyCommand=reboot',
      'root@-oProxyCommand=x',
      'ssh://-x',
      'a b',
      'a;reboot',
      '$(id)',
      'a`id`',
      "a'b",
      'a\nb',
      'a\0',
    ],
    ...['\u202ea', 'a|b', 'x'.repeat(513)],
  ])('%j is none', (address) => {
    expect(() => addressOf(hostOf('h', address))).toThrow(expect.objectContaining({ code: 'EINVAL', host: 'h' }));
  });

  it('are names where none is given', () => {
    expect(addressOf(hostOf('a1'))).toBe('a1');
    expect(() => addressOf(hostOf('-a1'))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

describe('what ssh says', () => {
  it.each([
    ['ssh: connect to host a port 22: No route to host', 'EHOSTUNREACH'],
    ['ssh: connect to host a port 22: Connection timed out', 'ETIMEDOUT'],
    ['Connection timed out during banner exchange', 'ETIMEDOUT'],
    ['Timeout, server a not responding.', 'ETIMEDOUT'],
    ['client_loop: send disconnect: Broken pipe', 'EIO'],
    ['Connection to a closed by remote host.', 'EIO'],
    ['Received disconnect from 10.0.0.1 port 22:2: Host key verification failed.', 'EIO'],
    ['Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures', 'EACCES'],
    ['Host key for a has changed and you have requested strict checking.', 'EKEYREJECTED'],
  ])('%s', (line, code) => {
    expect(sshFailure('h', `Warning: a remark\n${line}\r\n`)?.code).toBe(code);
  });

  it('is nothing where it only remarks', () => {
    expect(sshFailure('h', "Warning: Permanently added 'a' (ED25519) to the list of known hosts.\r\n")).toBeUndefined();
    expect(sshFailure('h', '')).toBeUndefined();
  });
});

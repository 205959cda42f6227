import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { programsFolder } from '@kexeckit/testing';

const SET = 'sshd';
/** Where sshd locks itself up before a user is let in. */
const PRIVSEP = '/run/sshd';

/** Why no sshd can be started here; undefined where one can. */
export function whyNoSshd(): string | undefined {
  if (!existsSync(join(programsFolder(SET), 'usr/sbin/sshd')))
    return `no ${programsFolder(SET)}: node scripts/guest-files.mjs fetches it`;
  return process.getuid?.() === 0 ? undefined : 'sshd with a user of its own needs root';
}

/** A server of Debian's on loopback, with keys, users and a client's configuration of its own. */
export class Sshd {
  readonly folder: string;
  readonly port: number;
  /** For ssh -F. */
  readonly configuration: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.folder = folder;
    this.port = port;
    this.configuration = join(folder, 'ssh_config');
    this.#child = child;
  }

  static async start(): Promise<Sshd> {
    const folder = mkdtempSync(join(tmpdir(), 'kexeckit-sshd-'));
    for (const name of ['host', 'user', 'stranger', 'otherhost'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)]);
    copyFileSync(join(folder, 'user.pub'), join(folder, 'authorized_keys'));
    const port = await freePort();
    writeServer(folder, port);
    const sshd = new Sshd(folder, port, spawnServer(folder));
    sshd.writeClient();
    await answering(port);
    return sshd;
  }

  /** Writes the client's configuration: aliases for what tests connect to. */
  writeClient(): void {
    const [host, other] = ['host', 'otherhost'].map((name) => readFileSync(join(this.folder, `${name}.pub`), 'utf8'));
    writeFileSync(join(this.folder, 'known'), `good ${host}jump ${host}changed ${other}shared ${host}nobody ${host}`);
    const alias = (name: string, ...lines: string[]): string =>
      [`Host ${name}`, ...[...lines, `HostKeyAlias ${name}`].map((line) => `  ${line}`), ''].join('\n');
    const text = [
      alias('stranger', `IdentityFile ${join(this.folder, 'stranger')}`, 'HostKeyAlias good'),
      alias('nobody', 'Port 1'),
      alias('nowhere', 'HostName no-such-host.invalid'),
      alias('behind', 'ProxyJump jump', 'HostKeyAlias good'),
      alias('shared', 'ControlMaster auto', `ControlPath ${join(this.folder, 'mux')}`, 'ControlPersist 5'),
      alias('trusting', 'StrictHostKeyChecking no'),
      alias(
        'odd',
        'RemoteCommand echo no',
        'RequestTTY force',
        'LocalForward 127.0.0.1:1 127.0.0.1:1',
        'LogLevel QUIET',
        'HostKeyAlias good',
      ),
      ...['good', 'changed', 'unknown', 'jump'].map((name) => alias(name)),
      'Host !stranger *',
      `  IdentityFile ${join(this.folder, 'user')}`,
      'Host *',
      '  HostName 127.0.0.1',
      `  Port ${this.port}`,
      `  User ${userInfo().username}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${join(this.folder, 'known')}`,
      '  GlobalKnownHostsFile /dev/null',
      '',
    ];
    writeFileSync(this.configuration, text.join('\n'));
    writeFileSync(join(this.folder, 'broken_config'), 'NoSuchOption yes\n');
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
    if (readdirSync(PRIVSEP).length === 0) rmSync(PRIVSEP, { recursive: true, force: true });
  }
}

function writeServer(folder: string, port: number): void {
  const { username, uid, gid } = userInfo();
  writeFileSync(
    join(folder, 'passwd'),
    `${username}:x:${uid}:${gid}::${folder}:/bin/sh\nsshd:x:65534:65534::/nonexistent:/usr/sbin/nologin\n`,
  );
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'PidFile none',
      'MaxStartups 100',
      'MaxSessions 100',
      '',
    ].join('\n'),
  );
}

function spawnServer(folder: string): ChildProcess {
  const root = programsFolder(SET);
  const libraries = readdirSync(join(root, 'usr/lib')).flatMap((triplet) =>
    ['usr/lib', 'lib'].map((lib) => join(root, lib, triplet)),
  );
  mkdirSync(PRIVSEP, { recursive: true, mode: 0o755 });
  return spawn(join(root, 'usr/sbin/sshd'), ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      LD_LIBRARY_PATH: libraries.join(':'),
      LD_PRELOAD: 'libnss_wrapper.so',
      NSS_WRAPPER_PASSWD: join(folder, 'passwd'),
      NSS_WRAPPER_GROUP: '/etc/group',
    },
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('a port has no number');
  return address.port;
}

/** Waits until the server greets. */
async function answering(port: number): Promise<void> {
  for (let left = 200; left > 0; left--) {
    const greeted = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => done(true)).once('error', () => done(false));
      socket.once('close', () => done(false));
      setTimeout(() => socket.destroy(), 5000).unref();
    });
    if (greeted) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('sshd does not answer');
}

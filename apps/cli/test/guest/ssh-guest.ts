import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import {
  type DrivenVersion,
  diskInitramfs,
  type Entry,
  type Guest,
  imageOf,
  MARK,
  makeDisk,
  sshHostDisk,
  sshHostMachine,
  withGuest,
} from '@kexeckit/guests';

/** A host that is reached by ssh. */
export interface SshGuestOptions {
  readonly name: string;
  readonly kernel: DrivenVersion;
  readonly cmdline: string;
  /** 32 hexadecimal digits. */
  readonly machineId: string;
  /** What stands on its disk, beside what such a host needs. */
  readonly entries: readonly Entry[];
  readonly deadlineMs: number;
}

/** Room for Node, two kernels and the host's side. */
const DISK_MEBIBYTES = 512;
/** What a host says when it answers, or will soon. */
const UP = new RegExp(`^${MARK} up .*$`, 'm');
/** What the old kernel says last. */
const LEAVES = /Bye!/;

/** The keys of a fleet in a folder of the test's, and what makes ssh know them. */
export class SshFleet {
  readonly #folder: string;
  readonly #ports = new Map<string, number>();

  /** Makes `ssh` of PATH read this fleet's configuration in the place of the user's. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'bin'));
    for (const key of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, key)]);
    const ssh = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim();
    const wrapper = join(folder, 'bin', 'ssh');
    writeFileSync(wrapper, `#!/bin/sh\nexec ${ssh} -F ${this.#configuration} "$@"\n`);
    chmodSync(wrapper, 0o755);
    process.env.PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`;
  }

  get #configuration(): string {
    return join(this.#folder, 'ssh_config');
  }

  /** Switches a host on. */
  async host(options: SshGuestOptions): Promise<SshGuest> {
    const port = await freePort();
    this.#ports.set(options.name, port);
    this.#configure();
    const read = (name: string): string => readFileSync(join(this.#folder, name), 'utf8');
    const disk = join(this.#folder, `${options.name}.disk`);
    const who = { machineId: options.machineId, hostKey: read('host'), authorizedKeys: read('user.pub') };
    makeDisk(disk, sshHostDisk(who, options.entries), DISK_MEBIBYTES);
    return new SshGuest(options, disk, port);
  }

  /** Ciphers and key exchanges are those that cost an emulated CPU least. */
  #configure(): void {
    const key = readFileSync(join(this.#folder, 'host.pub'), 'utf8');
    writeFileSync(join(this.#folder, 'known_hosts'), [...this.#ports.keys()].map((name) => `${name} ${key}`).join(''));
    const hosts = [...this.#ports].map(([name, port]) => `Host ${name}\n  HostKeyAlias ${name}\n  Port ${port}\n`);
    const all = `Host *
  HostName 127.0.0.1
  User root
  IdentityFile ${join(this.#folder, 'user')}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(this.#folder, 'known_hosts')}
  GlobalKnownHostsFile /dev/null
  KexAlgorithms curve25519-sha256
  Ciphers aes128-gcm@openssh.com
`;
    writeFileSync(this.#configuration, `${hosts.join('')}${all}`);
  }
}

/** A host that is on. */
export class SshGuest {
  readonly name: string;
  readonly disk: string;
  /** Its whole console, when it is off. */
  readonly off: Promise<string>;
  #switchOff: () => void = () => {};
  readonly #guest: Promise<Guest>;

  constructor({ name, kernel, cmdline, deadlineMs }: SshGuestOptions, disk: string, port: number) {
    this.name = name;
    this.disk = disk;
    const switchedOff = new Promise<void>((resolve) => {
      this.#switchOff = resolve;
    });
    let on: (guest: Guest) => void = () => {};
    const guest = new Promise<Guest>((resolve) => {
      on = resolve;
    });
    // Under load, one of two emulated CPUs was seen to wait for the other for ever.
    const machine = { cpus: 1, qemu: sshHostMachine(disk, port) };
    const boot = { ...machine, kernel: imageOf(kernel), initramfs: diskInitramfs(kernel), cmdline, deadlineMs };
    this.off = withGuest(boot, async (booted) => {
      on(booted);
      await Promise.race([switchedOff, booted.off()]);
      return booted.text();
    });
    this.off.catch(() => {});
    this.#guest = Promise.race([guest, this.off.then(() => guest)]);
    this.#guest.catch(() => {});
  }

  /** Waits until it says that it is up, once more. */
  async up(): Promise<void> {
    await (await this.#guest).waitFor(UP);
  }

  /** Waits until its old kernel says its last word. */
  async leaves(): Promise<void> {
    await (await this.#guest).waitFor(LEAVES);
  }

  async console(): Promise<string> {
    return (await this.#guest).text();
  }

  /** As by its power switch: it is not asked. */
  async switchOff(): Promise<string> {
    this.#switchOff();
    return await this.off;
  }
}

/** How often a console says that a kernel came up, and that one left. */
export const countedIn = (console: string): { readonly ups: number; readonly leaves: number } => ({
  ups: console.match(new RegExp(UP, 'gm'))?.length ?? 0,
  leaves: console.match(new RegExp(LEAVES, 'g'))?.length ?? 0,
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('a port has no number');
  return address.port;
}

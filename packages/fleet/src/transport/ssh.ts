import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostEntry } from '@kexeckit/rollout';
import { runChild } from './child.ts';
import { Running } from './running.ts';
import { shellWords } from './shell-words.ts';
import { addressOf } from './ssh-address.ts';
import { SSH_FAILED, sshFailure } from './ssh-failure.ts';
import type { RunRequest, RunResult, Transport } from './transport.ts';

/** How ssh is called. */
export interface SshOptions {
  /** The OpenSSH client; `ssh` of PATH by default. */
  readonly program?: string | undefined;
  /** A configuration in the place of the user's own. */
  readonly configuration?: string | undefined;
  /** Seconds that a connection may take to be there. 15 by default. */
  readonly connectSeconds?: number | undefined;
}

const CONNECT_SECONDS = 15;
/** A host that is gone is noticed after {@link ALIVE_SECONDS} × {@link ALIVE_COUNT}. */
const ALIVE_SECONDS = 15;
const ALIVE_COUNT = 4;
/** Bytes of what ssh itself says. */
const LOG_MOST = 16 << 10;

/**
 * Hosts by the OpenSSH client, with the user's own configuration: keys, agent, jump hosts, known hosts, and sharing of connections.
 * It asks nobody anything, and an unknown or changed host key is refused, whatever the configuration says. What ssh itself says goes to a
 * file of its own (`-E`), so that no host can pretend to be ssh. A program that ends with 255 looks like one that a signal ended.
 */
export class SshTransport implements Transport {
  readonly name = 'ssh';
  readonly #options: SshOptions;
  readonly #running = new Running();

  constructor(options: SshOptions = {}) {
    this.#options = options;
  }

  async run(host: HostEntry, request: RunRequest): Promise<RunResult> {
    const address = addressOf(host);
    // The program takes the shell's place: what ends it is told as it is.
    const command = `exec ${shellWords(request.argv)}`;
    return await this.#running.run(request, async (signal) => {
      const folder = await mkdtemp(join(tmpdir(), 'kexeckit-ssh-'));
      const log = join(folder, 'log');
      try {
        const args = this.#args(log, address, command);
        const program = this.#options.program ?? 'ssh';
        const env = { ...process.env, LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' };
        const result = await runChild({ ...request, program, args, env, host: host.name, signal });
        if (result.code !== SSH_FAILED) return result;
        const failure = sshFailure(host.name, `${await readLog(log)}\n${closingLine(result)}`);
        if (failure !== undefined) throw failure;
        return { ...result, code: undefined };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  async close(): Promise<void> {
    await this.#running.close();
  }

  #args(log: string, address: string, command: string): string[] {
    const { configuration, connectSeconds = CONNECT_SECONDS } = this.#options;
    const options = [
      ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'LogLevel=INFO', `ConnectTimeout=${connectSeconds}`],
      ...[`ServerAliveInterval=${ALIVE_SECONDS}`, `ServerAliveCountMax=${ALIVE_COUNT}`, 'RequestTTY=no'],
      ...['RemoteCommand=none', 'ClearAllForwardings=yes', 'PermitLocalCommand=no'],
    ];
    return [
      ...(configuration === undefined ? [] : ['-F', configuration]),
      ...['-T', '-a', '-x', '-E', log],
      ...options.flatMap((option) => ['-o', option]),
      ...['--', address, command],
    ];
  }
}

/** What ssh says among the program's own errors. A host that only pretends it could as well close the connection. */
const CLOSED = /^Connection to \S+ closed by remote host\.$/m;
const closingLine = ({ stderr }: RunResult): string => CLOSED.exec(stderr)?.[0] ?? '';

/** The beginning of what ssh has said; nothing where it has said nothing. */
async function readLog(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(LOG_MOST), 0, LOG_MOST, 0);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FleetError } from '../error.ts';
import { FarmClient } from './client.ts';
import { type FarmConfig, type FarmInput, farmConfig } from './config.ts';
import type { Halted } from './halts.ts';
import { type LedgerEntry, ledgerOf, readLedger } from './ledger.ts';
import { checkDone, type FarmFigures, figuresOf, haltedOf } from './wire.ts';

/** The same file for this module in `src` and in `dist`. */
const PROGRAM = fileURLToPath(new URL('../../dist/simulation/program.js', import.meta.url));

/** A farm that runs as a process of its own. */
export interface RunningFarm {
  /** For {@link SimulatedTransport}. */
  readonly address: string;
  /** With all that was left out filled in. */
  readonly config: FarmConfig;
  /** From this on, fates befall hosts. */
  arm(): Promise<void>;
  /** Cuts a worker off a host; `*` is everybody. */
  cut(worker: string, host: string, until: number): Promise<void>;
  /** Ends all cuts that were demanded. */
  mend(): Promise<void>;
  /** The next halt that is reached: the world stands still there until {@link goOn}. Ends as the farm does where none is reached. */
  halted(): Promise<Halted>;
  /**
   * @param halt its place in the config.
   * @throws FleetError EINVAL where nobody stands there.
   * @param arrives whether the host hears then what it had not heard before: not from a worker that was killed meanwhile.
   */
  goOn(halt: number, arrives: boolean): Promise<void>;
  /** Writes a line into the ledger, with the time of the farm. */
  note(what: string): Promise<void>;
  /** All of the ledger. */
  ledger(): Promise<readonly LedgerEntry[]>;
  figures(): Promise<FarmFigures>;
  stop(): Promise<void>;
}

/** How the process of a farm is started. */
export interface StartFarmOptions {
  /** The built program, where it is not that of this package. */
  readonly program?: string | undefined;
  /** Where its errors go: to those of this process where left out. */
  readonly stderr?: 'inherit' | 'ignore' | undefined;
}

/**
 * Starts a farm.
 *
 * @throws FleetError `EIO` where it does not start; ValiError where the config makes no sense.
 */
export async function startFarm(
  input: FarmInput,
  { program = PROGRAM, stderr = 'inherit' }: StartFarmOptions = {},
): Promise<RunningFarm> {
  const config = farmConfig(input);
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', stderr] });
  // It may end before it has read all.
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.end(JSON.stringify(config));
  const address = await Promise.race([firstLine(child.stdout), ended.then(() => undefined)]);
  if (address === undefined) throw new FleetError('EIO', 'the farm did not start', 'see what it wrote');
  const client = new FarmClient(address);
  return {
    address,
    config,
    arm: async () => void (await client.ask({ do: 'arm' })),
    cut: async (worker, host, until) => void (await client.ask({ do: 'cut', worker, host, until })),
    mend: async () => void (await client.ask({ do: 'mend' })),
    halted: async () => haltedOf(await client.ask({ do: 'halted' })),
    goOn: async (halt, arrives) => checkDone(await client.ask({ do: 'go-on', halt, arrives })),
    note: async (what) => void (await client.ask({ do: 'note', what })),
    ledger: async () => {
      const { body } = await client.ask({ do: 'ledger' });
      return config.ledger === undefined ? ledgerOf(Buffer.from(body).toString()) : await readLedger(config.ledger);
    },
    figures: async () => figuresOf(await client.ask({ do: 'figures' })),
    stop: async () => {
      client.close();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stream });
    lines.once('line', (line) => resolve(line));
    lines.once('close', () => resolve(undefined));
  });
}

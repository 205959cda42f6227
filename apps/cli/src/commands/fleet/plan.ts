import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { isSea } from 'node:sea';
import { planClasses, survey } from '@kexeckit/fleet';
import {
  checkRolloutDocument,
  type HostEntry,
  isRolloutId,
  planWaves,
  type RolloutDocument,
  readPolicy,
  saveRolloutDocument,
} from '@kexeckit/rollout';
import type { Context } from '../../context.ts';
import { CliError, UsageError } from '../../error.ts';
import type { Io } from '../../io.ts';
import type { Written } from '../../options/destination.ts';
import { readInput } from '../../options/files.ts';
import { checkPlace, replaceFile } from '../../options/replace-file.ts';
import { textOf } from '../../options/text.ts';
import { StatusLine } from '../../render/status-line.ts';
import type { Request } from '../command.ts';
import { inventoryOf } from './inventory.ts';
import { nextSystem } from './next.ts';
import type { FleetPlanValues } from './values.ts';
import { agentsOf, openWorld } from './world.ts';

/** A rollout that was planned, and where it was written. */
export interface PlannedRollout {
  readonly document: RolloutDocument;
  readonly written: Written;
}

const POLICY_MOST = 2 ** 20;
const AT_ONCE = 50;
const OUTPUT = 'rollout.json';
/** Commands of a policy may name what is nobody else's to read. */
const PRIVATE = 0o600;

/** Plans a rollout. Nothing is changed on a host but that it has the host's side afterwards. */
export async function planFleet({ options }: Request<FleetPlanValues>, { io }: Context): Promise<PlannedRollout> {
  const { output = OUTPUT, policy: policyPath } = options;
  if (isSea())
    throw new CliError(
      'EOPNOTSUPP',
      'this kexeckit is a program of its own, which starts no threads to plan in',
      'plan with kexeckit.js, or with the package for npm',
    );
  if (policyPath === undefined) throw new UsageError('EINVAL', 'a policy is missing', 'give --policy FILE');
  const id = checkedId(options.id);
  const inputs = [options.inventory, policyPath, options.kernel, options.initrd, options.dtb, options.agent];
  await checkPlace(output, '--output', inputs);
  const policy = readPolicy(textOf(await readInput(policyPath, '--policy', io, POLICY_MOST), '--policy'));
  const next = await nextSystem(options, io);
  const { hosts: inventory } = await inventoryOf(options, io);
  const { hosts, classes, left } = await classesOf(inventory, next, options, io);
  if (hosts.length === 0) throw nobody(left);
  const document = checkRolloutDocument({
    format: 'kexeckit-rollout/1',
    id,
    policy,
    next,
    classes,
    hosts,
    ...planWaves(hosts, policy),
    left,
  });
  const text = saveRolloutDocument(document);
  await replaceFile(output, text, '--output', PRIVATE);
  return { document, written: { file: output, bytes: Buffer.byteLength(text) } };
}

async function classesOf(
  inventory: readonly HostEntry[],
  next: RolloutDocument['next'],
  options: FleetPlanValues,
  { signal, ...io }: Io,
): Promise<Pick<RolloutDocument, 'hosts' | 'classes' | 'left'>> {
  const line = new StatusLine(io);
  // As many hosts as are asked at once listen to it.
  if (signal !== undefined) setMaxListeners(0, signal);
  const world = await openWorld();
  try {
    const agentFor = await agentsOf(world, next.agent);
    for (const host of inventory) agentFor(host);
    const surveyed = await survey(inventory, {
      agent: next.agent,
      agentFor,
      concurrency: options.atOnce ?? AT_ONCE,
      signal,
      onProgress: (done, hosts) => line.set(`asking hosts: ${done} of ${hosts}`),
    });
    line.set(`planning, proving and rehearsing ${surveyed.classes.length} classes`);
    return await planClasses(surveyed, next, {
      folder: plansFolder(options.output ?? OUTPUT),
      concurrency: availableParallelism(),
      rehearsal: options.rehearse,
      signal,
      onProgress: (done, all) => line.set(`planning, proving and rehearsing classes: ${done} of ${all}`),
    });
  } finally {
    line.clear();
    await world.close();
  }
}

/** Beside the rollout, by its name. */
const plansFolder = (output: string): string => resolve(`${output.replace(/\.json$/, '')}.plans`);

function checkedId(given: string | undefined): string {
  if (given === undefined) return newId();
  if (isRolloutId(given)) return given;
  throw new UsageError(
    'EINVAL',
    `--id cannot be ${given}`,
    'give letters, digits and "-", a letter or digit first and last, at most 64',
  );
}

/** A name that no other rollout has: the second, and what tells two of one second apart. */
const newId = (): string =>
  `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;

/** Reasons that are told of many. */
const REASONS = 3;

function nobody(left: RolloutDocument['left']): CliError {
  const some = left.slice(0, REASONS).map(({ host, why }) => `${host}: ${why}`);
  const more = left.length > some.length ? `; and ${left.length - some.length} more` : '';
  return new CliError(
    'ENOENT',
    `no host of the inventory can take part: ${some.join('; ')}${more}`,
    'mend what is said of them, and plan again',
  );
}

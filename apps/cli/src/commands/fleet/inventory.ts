import type { Inventory } from '@kexeckit/rollout';
import { CliError, UsageError } from '../../error.ts';
import type { Io } from '../../io.ts';
import { readInput } from '../../options/files.ts';
import { textOf } from '../../options/text.ts';
import type { FleetPlanValues } from './values.ts';

/** Bytes of an inventory. */
const INVENTORY_MOST = 2 ** 27;
/** Milliseconds that a program has to print one. */
const LIMIT_MS = 60_000;

/** The hosts that there are. @throws UsageError, CliError, RolloutError */
export async function inventoryOf(options: FleetPlanValues, io: Io): Promise<Inventory> {
  const { inventory, inventoryCommand } = options;
  if ((inventory === undefined) === (inventoryCommand === undefined))
    throw new UsageError(
      'EINVAL',
      inventory === undefined ? 'an inventory is missing' : '--inventory with --inventory-command',
      'give --inventory FILE or --inventory-command WORDS',
    );
  const { readInventory } = await import('@kexeckit/rollout');
  if (inventory !== undefined)
    return readInventory(textOf(await readInput(inventory, '--inventory', io, INVENTORY_MOST), '--inventory'));
  return readInventory(await printedBy(inventoryCommand ?? [''], io));
}

/** What a program prints. It is started without a shell. @throws CliError where it fails, prints too much, or takes too long. */
async function printedBy(argv: readonly [string, ...string[]], { signal }: Io): Promise<string> {
  const { LocalTransport } = await import('@kexeckit/fleet');
  const [program] = argv;
  const local = new LocalTransport();
  try {
    const request = { argv, limitMs: LIMIT_MS, maxBytes: INVENTORY_MOST, ...(signal && { signal }) };
    const { code, stdout, stderr } = await local.run({ name: program, labels: {} }, request);
    const last = stderr.trim().split('\n').at(-1) ?? '';
    const end = code === undefined ? 'was ended by a signal' : `ended with ${code}`;
    if (code !== 0)
      throw new CliError('EIO', `${program} ${end}${last === '' ? '' : `: ${last}`}`, 'run it by hand to see why');
    return textOf(stdout, '--inventory-command');
  } finally {
    await local.close();
  }
}

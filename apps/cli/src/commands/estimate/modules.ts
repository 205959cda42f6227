import type { KnownSize } from '@kexeckit/reboot';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readInput } from '../../options/files.ts';
import type { EstimateValues } from './values.ts';

/** Bytes of a list of modules. */
const MODULES_MAX = 2 ** 22;
const MODULES = '/proc/modules';

/** Modules that a crash kernel loads. */
export interface LoadedModules extends KnownSize {
  /** Whether the driver is among them that takes much. */
  readonly hasMlx5: boolean;
}

/** What was given, or what is loaded on this host. @throws UsageError */
export async function modulesOf(given: EstimateValues['modules'], io: Context['io']): Promise<LoadedModules> {
  if (given === undefined) return { bytes: 0n, source: 'none are counted: see --modules', hasMlx5: false };
  if (given !== 'auto') return { bytes: given, source: 'as it was given', hasMlx5: false };
  const list = await loadedModules(io);
  if (list === undefined) return { bytes: 0n, source: `no ${MODULES}: this kernel loads none`, hasMlx5: false };
  const rows = list.split('\n').map((line) => line.split(' '));
  const bytes = rows.reduce((sum, [, size = '']) => sum + (/^\d+$/.test(size) ? BigInt(size) : 0n), 0n);
  const hasMlx5 = rows.some(([name]) => name === 'mlx5_core');
  return { bytes, source: `${MODULES}: all that are loaded here`, hasMlx5 };
}

/** Undefined where the kernel has no modules, or this is no Linux. */
async function loadedModules(io: Context['io']): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readInput(MODULES, 'the list of modules', io, MODULES_MAX));
  } catch (error) {
    if (error instanceof UsageError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

import type { HostFiles } from './files/host-files.ts';
import { readText, shortened } from './read-value.ts';
import { known, type Reading, unknown } from './reading.ts';

const PATH = '/proc/cpuinfo';

/**
 * Whether every CPU has the SHA-256 instructions: `sha2` among the `Features` of each (Documentation/arch/arm64/elf_hwcaps.rst,
 * HWCAP_SHA2 is what ID_AA64ISAR0_EL1 says).
 */
export async function cpuSha256(files: HostFiles): Promise<Reading<boolean>> {
  const text = await readText(files, PATH);
  if (!text.ok) return text;
  const features = text.value.match(/^Features[ \t]*:.*$/gm);
  const [first] = features ?? [];
  if (features === null || first === undefined)
    return unknown(PATH, 'EINVAL', 'it does not list the features of arm64 CPUs');
  // A CPU that lists none is one of which nothing is known.
  const cpus = text.value.match(/^processor[ \t]*:/gm)?.length ?? 0;
  if (features.length < cpus)
    return unknown(PATH, 'EINVAL', `it lists the features of ${features.length} of ${cpus} CPUs`);
  const without = features.find((line) => !line.split(/[\s:]+/).includes('sha2'));
  return known(without === undefined, { path: PATH, text: shortened(without ?? first) });
}

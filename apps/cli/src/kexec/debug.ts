import { type Kernel, thisKernel } from '@kexeckit/linux';

/** struct kexec_segment: four words. */
const SEGMENT_BYTES = 32;
const WORDS = ['buf', 'bufsz', 'mem', 'memsz'] as const;

/** The kernel below, which says of each load what it is given, as it is given: segments in the lines of kexec-tools. */
export async function tellingKernel(say: (text: string) => void): Promise<Kernel> {
  const kernel = await thisKernel();
  return {
    ...kernel,
    call: (name, ...args) => {
      if (name === 'kexec_load') say(segmentsText(kernel, args));
      if (name === 'kexec_file_load') say(filesText(args));
      return kernel.call(name, ...args);
    },
  };
}

const hex = (value: bigint = 0n): string => `0x${value.toString(16)}`;

function segmentsText(kernel: Pick<Kernel, 'view'>, [entry, count = 0n, table = 0n, flags]: readonly bigint[]): string {
  if (count === 0n) return `kexec_load: unload, flags = ${hex(flags)}\n`;
  const lines = [`kexec_load: entry = ${hex(entry)} flags = ${hex(flags)}`, `nr_segments = ${count}`];
  const bytes = kernel.view(table, Number(count) * SEGMENT_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < Number(count); at++)
    for (const [word, name] of WORDS.entries())
      lines.push(`segment[${at}].${name.padEnd(5)} = ${hex(view.getBigUint64(at * SEGMENT_BYTES + 8 * word, true))}`);
  return `${lines.join('\n')}\n`;
}

/** The kernel places the segments itself, and tells its log. */
const filesText = ([, , length = 0n, , flags]: readonly bigint[]): string =>
  `kexec_file_load: cmdline_len = ${length} flags = ${hex(flags)}\n`;

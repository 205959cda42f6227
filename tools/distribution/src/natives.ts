import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

/** Architectures of Linux that the command makes system calls on, as Node names them. */
const architectures = ['arm64', 'x64'] as const;

/** A quarter larger than the smallest, in a tenth of the time. */
const QUALITY = 7;

const { resolve } = createRequire(import.meta.url);

/** The text of a module with koffi's native part for each architecture: see inside/packed.ts. */
export function packedNatives(): string {
  const rows = architectures.map((architecture) => {
    const manifest = resolve(`@koromix/koffi-linux-${architecture}/package.json`);
    const bytes = readFileSync(join(dirname(manifest), `linux_${architecture}/koffi.node`));
    const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
    return `${architecture}: '${packed.toString('base64')}'`;
  });
  return `export const natives = { ${rows.join(', ')} };`;
}

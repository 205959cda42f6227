import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, cProgram, type OutsideCompetitor } from '@kexeckit/bench';
import { FdtBlob, findNode, parseDts, parseFdt, printDts, serializeFdt, setProperty, stringValue } from '@kexeckit/fdt';
import { libfdtFlags } from './libfdt.ts';
import { treeOfDevices } from './trees.ts';

const KIB = 1024;
const NOTE = 'set by the benchmark';

/** What is measured: its size in bytes, and what that is called. */
const SIZES: readonly (readonly [name: string, size: number])[] = [
  ['100 KiB', 100 * KIB],
  ['12 MiB', 12 * KIB * KIB],
];

/** The edit by libfdt, of the same blob. */
function libfdt(size: number): OutsideCompetitor {
  return {
    name: 'libfdt',
    program() {
      const flags = libfdtFlags();
      if (flags === undefined) return undefined;
      const { blob, lastPath } = treeOfDevices(size);
      const folder = mkdtempSync(join(tmpdir(), 'kexeckit-fdt-'));
      process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, 'bench.dtb');
      writeFileSync(file, blob);
      return cProgram({ source: new URL('../../bench/edit.c', import.meta.url), flags }, file, lastPath, NOTE);
    },
  };
}

function editing(size: number, edit: (blob: Uint8Array, path: string) => Uint8Array): Benchmark['setup'] {
  return () => {
    const { blob, lastPath } = treeOfDevices(size);
    return () => {
      if (edit(blob, lastPath).length <= blob.length) throw new Error('nothing was set');
    };
  };
}

/** The cost of editing, reading, writing and printing trees. */
export const benchmarks: Benchmark[] = SIZES.flatMap(([name, size]): Benchmark[] => [
  {
    name: `open, set a property, pack: ${name}`,
    operations: 1,
    setup: editing(size, (bytes, path) => {
      const blob = new FdtBlob(bytes);
      blob.setProperty(path, 'bench-note', stringValue(NOTE));
      return blob.pack();
    }),
    reference: libfdt(size),
  },
  {
    name: `read, set a property, write: ${name}`,
    operations: 1,
    setup: editing(size, (bytes, path) => {
      const fdt = parseFdt(bytes);
      const node = findNode(fdt, path);
      if (node !== undefined) setProperty(node, 'bench-note', stringValue(NOTE));
      return serializeFdt(fdt);
    }),
    reference: libfdt(size),
  },
  {
    name: `print as DTS: ${name}`,
    operations: 1,
    setup: () => {
      const fdt = parseFdt(treeOfDevices(size).blob);
      return () => {
        if (!printDts(fdt).endsWith('};\n')) throw new Error('cut short');
      };
    },
  },
  {
    name: `compile DTS: ${name}`,
    operations: 1,
    setup: () => {
      const text = printDts(parseFdt(treeOfDevices(size).blob));
      return () => {
        if (parseDts(text).root.children.length === 0) throw new Error('nothing was compiled');
      };
    },
  },
]);

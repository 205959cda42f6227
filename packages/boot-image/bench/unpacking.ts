// Unpacks kernels and says what that takes in time and memory, beside the programs that do it, each in a process of its own.
//   node packages/boot-image/build/bench/unpacking.js [KERNEL]
// Without KERNEL, Debian's 6.12. Times are of the first and of the third unpacking in a process. Memory is the highest of the
// first, less what it was with the file read and nothing done, in units of what comes out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { unpack } from '@kexeckit/boot-image';
import { imageOf } from '@kexeckit/guests';

/** Each is made of the kernel, or of 30, by a line of shell that reads a pipe, as the kernel's build does it. */
interface Row {
  readonly name: string;
  readonly kernels: number;
  readonly make: string;
  readonly undo: string;
}

const ROWS: readonly Row[] = [
  { name: 'gzip', kernels: 1, make: 'gzip -9', undo: 'gunzip -c' },
  { name: 'gzip, 50 000 members', kernels: 1, make: '', undo: 'gunzip -c' },
  { name: 'zstd, window of 128 MiB', kernels: 1, make: 'zstd -19 --zstd=wlog=27', undo: 'zstd -dc' },
  { name: 'xz', kernels: 1, make: 'xz -1 --check=crc32', undo: 'xz -dc' },
  { name: 'lz4, legacy', kernels: 1, make: 'lz4 -l -9', undo: 'lz4 -dc' },
  { name: 'gzip, 30 kernels', kernels: 30, make: 'gzip -1', undo: 'gunzip -c' },
  { name: 'zstd, 30 kernels', kernels: 30, make: 'zstd -1', undo: 'zstd -dc' },
];
const MEMBERS = 50_000;
const RUNS = 3;

interface Taken {
  readonly first: number;
  readonly last: number;
  /** Bytes. */
  readonly memory: number;
  readonly size: number;
}

const [what = '', file = ''] = process.argv.slice(2);
if (what === '--ours')
  await report(async (bytes) => (await unpack(bytes, { maxSize: 2 ** 31 })).image.buffer.byteLength);
else if (what === '--zlib') await report(async (bytes) => gunzipSync(bytes, { maxOutputLength: 2 ** 31 }).length);
else compareAll(what === '' ? imageOf('6.12') : what);

/** In a process of its own: the same work several times. */
async function report(work: (bytes: Uint8Array) => Promise<number>): Promise<void> {
  const bytes = readFileSync(file);
  const before = process.memoryUsage().rss;
  const times: number[] = [];
  let [memory, size] = [0, 0];
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    size = await work(bytes);
    times.push(performance.now() - began);
    memory ||= highest() - before;
  }
  const taken: Taken = { first: times[0] ?? 0, last: times.at(-1) ?? 0, memory, size };
  process.stdout.write(JSON.stringify(taken));
}

/** The most memory that this process ever had, in bytes; what getrusage tells is its parent's, too. */
function highest(): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'));
  return Number(line?.[1]) * 1024;
}

function compareAll(kernel: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'unpacking-'));
  try {
    print(['', 'program', 'ours, first', 'third', 'ratio', 'memory', "Node's zlib", 'ratio', 'memory']);
    for (const row of ROWS) compare(row, kernel, join(folder, 'packed'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare({ name, kernels, make, undo }: Row, kernel: string, packed: string): void {
  if (make === '') writeFileSync(packed, inMembers(readFileSync(kernel)));
  else shell(`{ ${`cat ${kernel}; `.repeat(kernels)} } | ${make} > ${packed}`);
  const program = Math.min(...Array.from({ length: RUNS }, () => shell(`${undo} ${packed} > /dev/null`)));
  const ours = taken('--ours', packed);
  const rival = undo.startsWith('gunzip') ? taken('--zlib', packed) : undefined;
  const ms = (time: number): string => `${time.toFixed(0)} ms`;
  const times = (value: number): string => `${value.toFixed(2)}×`;
  const memoryOf = ({ memory, size }: Taken): string => times(memory / size);
  const beside = rival === undefined ? [] : [ms(rival.last), times(ours.last / rival.last), memoryOf(rival)];
  print([name, ms(program), ms(ours.first), ms(ours.last), times(ours.last / program), memoryOf(ours), ...beside]);
}

/** The kernel in so many gzip members. */
function inMembers(kernel: Uint8Array): Uint8Array {
  const size = Math.ceil(kernel.length / MEMBERS);
  return Buffer.concat(
    Array.from({ length: MEMBERS }, (_, index) => gzipSync(kernel.subarray(index * size, (index + 1) * size))),
  );
}

function taken(mode: string, packed: string): Taken {
  const { stdout, status, stderr } = spawnSync(process.execPath, [import.meta.filename, mode, packed]);
  if (status !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

/** Milliseconds that a line of shell takes. */
function shell(line: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync('sh', ['-c', line]);
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
  return performance.now() - began;
}

function print(cells: readonly string[]): void {
  console.log(cells.map((cell, column) => (column === 0 ? cell.padEnd(26) : cell.padStart(12))).join(''));
}

// Unpacks kernels and says what that takes in time and memory, beside the programs that do it, each in a process of its own.
//   node packages/boot-image/build/bench/unpacking.js [KERNEL]
// Without KERNEL, Debian's 6.12. Times are of the first and of the best unpacking in a process, the least of several processes,
// which take turns. Memory is the highest of the first, less what it was with the file read and nothing done, in units of what
// comes out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { unpack } from '@kexeckit/boot-image';
import { imageOf } from '@kexeckit/guests';

/** Made of so many kernels one after the other: by a line of shell that reads a pipe, as the kernel's build does it, or here. */
interface Row {
  readonly name: string;
  readonly kernels: number;
  readonly make: string | ((content: Uint8Array) => Uint8Array);
  readonly undo: string;
}

const ROWS: readonly Row[] = [
  { name: 'gzip', kernels: 1, make: 'gzip -9', undo: 'gunzip -c' },
  { name: 'gzip, 50 000 members', kernels: 1, make: inMembers, undo: 'gunzip -c' },
  { name: 'zstd -22 of a pipe', kernels: 1, make: 'zstd -22 --ultra -q', undo: 'zstd -dc' },
  { name: 'xz', kernels: 1, make: 'xz -1 --check=crc32', undo: 'xz -dc' },
  { name: 'lz4, legacy', kernels: 1, make: 'lz4 -l -9', undo: 'lz4 -dc' },
  { name: 'gzip, 30 kernels', kernels: 30, make: 'gzip -1', undo: 'gunzip -c' },
  { name: 'zstd, 30 kernels', kernels: 30, make: 'zstd -1', undo: 'zstd -dc' },
  { name: 'vmlinux, 30 kernels', kernels: 30, make: asVmlinux, undo: 'cat' },
];
const RUNS = 3;
/** How often the processes take turns. */
const ROUNDS = 3;

interface Taken {
  readonly first: number;
  readonly best: number;
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
  const taken: Taken = { first: times[0] ?? 0, best: Math.min(...times), memory, size };
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
    print(['', 'program', 'ours, first', 'best', 'ratio', 'memory', "Node's zlib", 'ratio', 'memory']);
    for (const row of ROWS) compare(row, kernel, join(folder, 'packed'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare({ name, kernels, make, undo }: Row, kernel: string, packed: string): void {
  const content = `{ ${`cat ${kernel}; `.repeat(kernels)} }`;
  if (typeof make === 'string') shell(`${content} | ${make} > ${packed}`);
  else writeFileSync(packed, make(Buffer.concat(new Array(kernels).fill(readFileSync(kernel)))));
  const [programs, ours, rivals]: [number[], Taken[], Taken[]] = [[], [], []];
  for (let round = 0; round < (kernels === 1 ? ROUNDS : 1); round++) {
    for (let run = 0; run < RUNS; run++) programs.push(shell(`${undo} ${packed} > /dev/null`));
    ours.push(taken('--ours', packed));
    if (undo.startsWith('gunzip')) rivals.push(taken('--zlib', packed));
  }
  printRow(name, Math.min(...programs), least(ours), rivals.length === 0 ? undefined : least(rivals));
}

/** The least of each figure. */
function least(all: readonly Taken[]): Taken {
  const of = (figure: keyof Taken): number => Math.min(...all.map((each) => each[figure]));
  return { first: of('first'), best: of('best'), memory: of('memory'), size: of('size') };
}

function printRow(name: string, program: number, ours: Taken, rival: Taken | undefined): void {
  const ms = (time: number): string => `${time.toFixed(0)} ms`;
  const times = (value: number): string => `${value.toFixed(2)}×`;
  const memoryOf = ({ memory, size }: Taken): string => times(memory / size);
  const beside = rival === undefined ? [] : [ms(rival.best), times(ours.best / rival.best), memoryOf(rival)];
  print([name, ms(program), ms(ours.first), ms(ours.best), times(ours.best / program), memoryOf(ours), ...beside]);
}

/** In so many gzip members. */
function inMembers(kernel: Uint8Array): Uint8Array {
  const size = Math.ceil(kernel.length / 50_000);
  const count = Math.ceil(kernel.length / size);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => gzipSync(kernel.subarray(index * size, (index + 1) * size))),
  );
}

/** As the one segment of an ELF file. */
function asVmlinux(content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(1 << 16);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(0xb7, 18);
  header.writeUInt32LE(64, 32);
  [64, 56, 1].forEach((value, index) => {
    header.writeUInt16LE(value, 52 + 2 * index);
  });
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(header.length, 64 + 8);
  header.writeUInt32LE(content.length, 64 + 32);
  return Buffer.concat([header, content]);
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

import { readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DescriptorHalves, DescriptorSource } from '@kexeckit/arm64-pgtable';
import { debianFiles } from '@kexeckit/testing';
import { ConsoleWatcher, GdbClient, QmpClient, userSpaceMark } from '../src/index.ts';
import { RAM_BASE } from '../src/options.ts';
import { gdbArguments, qmpArguments, ramArguments, startQemu } from '../src/process.ts';
import { Ram } from '../src/ram.ts';

/** RAM in bytes. */
export const MEMORY: bigint = 512n << 20n;
const patience = { boot: 100_000, idle: 20_000 };

/** Debian's kernel, stopped in its own code once user space runs. */
export interface StoppedKernel {
  readonly pc: bigint;
  register(name: string): Promise<bigint>;
  /** What QEMU itself translates addresses to for a load at this moment; `undefined` where it cannot. */
  translate(addresses: readonly bigint[]): Promise<(bigint | undefined)[]>;
  readonly memory: RamFile;
}

/** The RAM of a stopped machine, as a source of descriptors in 4K tables. */
export class RamFile implements DescriptorSource {
  readonly #file: number;
  readonly #pages = new Map<number, Uint32Array>();

  constructor(ram: Ram) {
    this.#file = ram.file.fd;
  }

  /** A 4K page by its number; `undefined` outside of RAM. */
  page(page: number): Uint32Array | undefined {
    const known = this.#pages.get(page);
    if (known !== undefined) return known;
    const at = page * 4096 - Number(RAM_BASE);
    if (at < 0 || at >= Number(MEMORY)) return undefined;
    const words = new Uint32Array(1024);
    readSync(this.#file, words, 0, 4096, at);
    this.#pages.set(page, words);
    return words;
  }

  descriptor(table: number, index: number): DescriptorHalves | undefined {
    const words = this.page(table);
    return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  }
}

/** Boots Debian's kernel to user space, stops it inside the kernel, and hands it to `work`. */
export async function withStoppedKernel<T>(
  machine: { readonly cpu: string; readonly virtualization: boolean },
  work: (kernel: StoppedKernel) => Promise<T>,
): Promise<T> {
  const ram = await Ram.make(RAM_BASE, MEMORY);
  const args = [
    ...['-M', `virt,gic-version=3,its=off,memory-backend=ram${machine.virtualization ? ',virtualization=on' : ''}`],
    ...['-cpu', machine.cpu, '-m', `${MEMORY >> 20n}M`, '-nodefaults', '-nic', 'none', '-display', 'none'],
    ...['-seed', '20190709'], // the kernel's address is random, but not from one run to the next
    ...['-kernel', debianFiles.kernel, '-initrd', debianFiles.initrd],
    ...['-append', 'console=ttyAMA0 rdinit=/bin/sh', '-serial', 'stdio'],
    ...ramArguments(MEMORY),
    ...gdbArguments,
    ...qmpArguments,
  ];
  const qemu = await startQemu('qemu-system-aarch64', args, [ram.file]);
  const console = new ConsoleWatcher();
  qemu.child.stdout?.setEncoding('utf8').on('data', (text: string) => console.push(text));
  void qemu.ended.then(() => console.close());
  try {
    // A debugger that is there from the start stops the machine before its first instruction.
    const gdb = await GdbClient.over(qemu.gdb);
    const qmp = await QmpClient.over(qemu.qmp);
    let stopped = gdb.continueToStop();
    const sighting = await console.waitFor(userSpaceMark, patience.boot, new AbortController().signal);
    if (sighting.kind !== 'seen') throw new Error(`${sighting.kind}: ${console.tail().join('\n')}`);
    // In user space TTBR1 may hold the trampoline's few pages alone: look again until the kernel is at work.
    for (let waited = 0; ; waited += 200) {
      if (waited > patience.idle) throw new Error('the kernel is never at work');
      await sleep(200);
      gdb.interrupt();
      await stopped;
      if ((await gdb.registers()).pc >= 1n << 63n) break;
      stopped = gdb.continueToStop();
    }
    const { pc } = await gdb.registers();
    return await work({
      pc,
      memory: new RamFile(ram),
      register: (name) => gdb.register(name),
      translate: (addresses) => Promise.all(addresses.map((address) => translate(qmp, address))),
    });
  } finally {
    qemu.kill();
    await qemu.ended;
    await ram.close();
  }
}

async function translate(qmp: QmpClient, address: bigint): Promise<bigint | undefined> {
  const answer = await qmp.monitor(`gva2gpa 0x${address.toString(16)}`);
  const found = /gpa: (0x[0-9a-f]+|0)\b/.exec(answer)?.[1];
  if (found === undefined && !answer.includes('Unmapped')) throw new Error(`gva2gpa answered ${answer}`);
  return found === undefined ? undefined : BigInt(found);
}

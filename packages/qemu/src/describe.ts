import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryRanges, parseFdt } from '@kexeckit/fdt';
import { createTree, IORESOURCE, insertResource, printIomem } from '@kexeckit/ioport';
import type { MachineDescription } from '@kexeckit/reboot';
import { binaryOf, CONSOLE, FIRMWARE_DTB_SIZE, machineArguments, type QemuOptions, RAM_BASE } from './options.ts';
import { endedEarly, startQemu } from './process.ts';

/** Asks QEMU itself for the machine's device tree, and makes the memory map that a kernel would show from it. */
export async function describeMachine(options: QemuOptions, folder: string): Promise<MachineDescription> {
  const file = join(folder, 'machine.dtb');
  const qemu = await startQemu(binaryOf(options), machineArguments(options, `,dumpdtb=${file}`));
  const complaint = await qemu.ended;
  const dtb = await readFile(file).catch(() => {
    throw endedEarly('inputs', complaint, []);
  });
  return {
    name: 'qemu',
    iomem: memoryMap(dtb),
    dtb,
    exceptionLevel: options.exceptionLevel,
    ...(options.vhe && { vhe: true }),
    ...(options.softRestart && { softRestart: true }),
    console: CONSOLE,
    cpus: options.cpus,
    canReserve: true,
  };
}

/** The memory nodes as System RAM; the start of RAM is QEMU's own. */
function memoryMap(dtb: Uint8Array): string {
  const tree = createTree('iomem');
  const flags = IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY;
  for (const { start, end } of memoryRanges(parseFdt(dtb)))
    insertResource(tree, { name: 'System RAM', start, end, flags });
  const firmware = { start: RAM_BASE, end: RAM_BASE + FIRMWARE_DTB_SIZE - 1n };
  insertResource(tree, { name: 'reserved', ...firmware, flags: IORESOURCE.MEM | IORESOURCE.BUSY });
  return printIomem(tree);
}

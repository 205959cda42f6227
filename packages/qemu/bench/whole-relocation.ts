import { existsSync, statSync } from 'node:fs';
import { coverLetterWorkload, type LoadedReboot, type Workload } from '@kexeckit/reboot';
import { planAround } from '@kexeckit/reboot/testing';
import {
  digestInstructions,
  loadImage,
  PAGE_SIZE,
  planStage,
  type Segment,
  scatteredAllocator,
  segmentDigest,
} from '@kexeckit/relocation';
import { debianFiles, debianKernel } from '@kexeckit/testing';

/** RAM of the machine in bytes; QEMU's own device tree is at its start. */
export const MEMORY: bigint = 2n << 30n;
/** Where everything of the reboot lies. */
export const RAM = [{ start: 0x4020_0000n, end: 0x4000_0000n + MEMORY - 1n }] as const;

/** Instructions that the routine copies and cleans a page with; verified, the digest itself comes on top. */
const INSTRUCTIONS_PER_PAGE = { copied: 680.5, verified: 910.5 };

/** Files to relocate, and their sizes without reading them. */
interface Files {
  readonly sizes: readonly number[];
  readonly read: () => Workload;
}

const coverLetter: Files = { sizes: [13 << 20, 24 << 20], read: coverLetterWorkload };

function debian(): Files | undefined {
  const paths = [debianFiles.kernel, debianFiles.initrd];
  if (!paths.every((path) => existsSync(path))) return undefined;
  return { sizes: paths.map((path) => statSync(path).size), read: debianKernel };
}

const all = new Map([
  ["cover letter's 37 MiB", coverLetter],
  ["Debian's 73 MB", debian()],
]);

/** The workloads whose files are here. */
export const names: readonly string[] = [...all].filter(([, files]) => files !== undefined).map(([name]) => name);

function filesOf(name: string): Files {
  const files = all.get(name);
  if (files === undefined) throw new RangeError(`no workload ${name}: one of ${names.join(', ')}`);
  return files;
}

/** Bytes in whole pages. */
const inPages = (bytes: number): number => Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;

/** Instructions that a relocation takes, to a thousandth: those before and after the pages are not counted. */
export function instructionsOf(name: string, verify: boolean): number {
  const bytes = filesOf(name).sizes.reduce((sum, size) => sum + inPages(size), 0);
  const { copied, verified } = INSTRUCTIONS_PER_PAGE;
  return (bytes / PAGE_SIZE) * (verify ? verified : copied) + (verify ? digestInstructions(bytes) : 0);
}

/** A relocation with the MMU on at EL2, planned and loaded; the kernel is never started. */
export function wholeRelocation(name: string, verify: boolean): LoadedReboot {
  const { kernel, initrd } = filesOf(name).read();
  const contents = new Map([
    ['kernel', kernel],
    ['initrd', initrd],
  ]);
  const segments: Segment[] = [];
  let mem = RAM[0].start;
  for (const [segment, { length }] of contents) {
    const memsz = BigInt(inPages(length));
    segments.push({ name: segment, mem, memsz, bufsz: BigInt(length) });
    mem += memsz;
  }
  const digests = new Map(
    segments.map((segment) => [segment.name, segmentDigest(segment, contents.get(segment.name) ?? new Uint8Array())]),
  );
  const stage = planStage({
    ...{ strategy: 'mmu-on', exceptionLevel: 2, ram: RAM, segments, entry: RAM[0].start, dtb: RAM[0].start },
    ...(verify && { digests }),
    allocator: scatteredAllocator(RAM, 1),
  });
  return { plan: planAround(stage), contents, image: loadImage(stage, contents) };
}

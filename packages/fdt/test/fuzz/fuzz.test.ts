import { expect, test } from 'vitest';
import {
  applyOverlay,
  diffFdt,
  dmaReach,
  dynamicReservations,
  FdtBlob,
  FdtError,
  linuxDoubts,
  memoryRanges,
  parseDts,
  parseFdt,
  printDiff,
  printDts,
  reservedMemory,
  serializeFdt,
  stdoutPath,
  translateReg,
} from '../../src/index.ts';
import { mutateBlob, mutateText } from './mutate.ts';
import { Random } from './random.ts';
import { type Seeds, seeds } from './seeds.ts';

/** By hand: KEXECKIT_FUZZ=100000 npm test -- packages/fdt/test/fuzz */
const asked = Number(process.env.KEXECKIT_FUZZ ?? 0);
const [first, count] = asked > 0 ? [Number(process.env.KEXECKIT_FUZZ_FROM ?? 1), asked] : [1, 4000];

const NOTHING = new Uint8Array(0);

/** Everything that reads a tree, on one that may be odd. */
function readAll(blob: Uint8Array, base: Seeds['base']): void {
  const fdt = parseFdt(blob);
  const written = serializeFdt(fdt);
  const back = parseFdt(written);
  if (diffFdt(fdt, back).length > 0 || Buffer.compare(written, serializeFdt(back)) !== 0)
    throw new Error('not the same');
  const readers = [memoryRanges, reservedMemory, dynamicReservations, linuxDoubts, stdoutPath, dmaReach, printDts];
  for (const read of readers) tolerated(() => read(fdt));
  for (const { name } of fdt.root.children) tolerated(() => translateReg(fdt, `/${name}`));
  printDiff(diffFdt(base, fdt));
  tolerated(() => applyOverlay(base, fdt));
  tolerated(() => applyOverlay(fdt, fdt));
}

function edit(bytes: Uint8Array): void {
  const blob = new FdtBlob(bytes);
  const edits = [
    () => blob.setProperty('/', 'compatible', new Uint8Array(100)),
    () => blob.ensureNode('/chosen/new@1'),
    () => blob.setProperty('/chosen/new@1', 'ours', NOTHING),
    () => blob.removeNode('/cpus'),
    () => blob.removeProperty('/', 'model'),
    () => blob.childNames('/'),
    () => blob.propertyNames('/'),
    () => (blob.reservations = [...blob.reservations, { address: 1n, size: 1n }]),
  ];
  for (const one of edits) tolerated(one);
  blob.pack();
}

/** Runs what may refuse. */
function tolerated(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof FdtError) || error.hint === '') throw error;
  }
}

function run(random: Random, { blobs, texts, base, overlay }: Seeds): void {
  const kind = random.below(4);
  if (kind === 0) readAll(mutateBlob(random.pick(blobs), random), base);
  else if (kind === 1) edit(mutateBlob(random.pick(blobs), random));
  else if (kind === 2) readAll(mutateBlob(serializeFdt(overlay), random), base);
  else {
    const options = { symbols: random.below(2) === 0, include: () => 'x;' };
    readAll(serializeFdt(parseDts(mutateText(random.pick(texts), random), options)), base);
  }
}

test(`${count} mutations of trees are read, or refused with an error that says what to do`, { timeout: 0 }, () => {
  const from = seeds();
  const answers = new Map<string, number>();
  const untyped: string[] = [];
  let slowest = { input: 0, milliseconds: 0 };
  for (let input = first; input < first + count; input++) {
    const before = performance.now();
    let answer = 'read';
    try {
      run(new Random(input), from);
    } catch (error) {
      if (error instanceof FdtError && error.hint !== '') answer = error.code;
      else untyped.push(`${input}: ${error instanceof Error ? error.stack : error}`);
    }
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const milliseconds = performance.now() - before;
    if (milliseconds > slowest.milliseconds) slowest = { input, milliseconds };
  }
  if (asked > 0) console.info(answers, slowest);
  expect(untyped.slice(0, 3)).toEqual([]);
  expect(answers.size).toBeGreaterThan(4);
});

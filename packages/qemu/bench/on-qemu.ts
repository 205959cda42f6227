import { runBareMetal } from '@kexeckit/qemu';
import { MEMORY, nameOf, timedProgram } from './timed-program.ts';

// Times a program on QEMU. Arguments: its name, how often it is repeated, on how many bytes, its operations a turn. Prints
// nanoseconds an operation.
const [name, turns, bytes, operations] = process.argv.slice(2);
const { results } = await runBareMetal(timedProgram(nameOf(name), Number(turns), BigInt(bytes ?? 0)), {
  exceptionLevel: 1,
  memory: MEMORY,
  timeoutMs: 60_000,
});
const [ticks = 0n, frequency = 0n] = new BigUint64Array(results[0]?.buffer ?? new ArrayBuffer(16));
console.log((Number(ticks) / Number(frequency) / (Number(turns) * Number(operations))) * 1e9);

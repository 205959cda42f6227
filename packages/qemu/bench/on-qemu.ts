import { runBareMetal } from '@kexeckit/qemu';
import { nameOf, timedProgram } from './timed-program.ts';

// Times a program on QEMU. Arguments: its name, how often it is repeated, its instructions a turn. Prints nanoseconds an
// instruction.
const [name, turns, instructions] = process.argv.slice(2);
const { results } = await runBareMetal(timedProgram(nameOf(name), Number(turns)), {
  exceptionLevel: 1,
  timeoutMs: 30_000,
});
const [ticks = 0n, frequency = 0n] = new BigUint64Array(results[0]?.buffer ?? new ArrayBuffer(16));
console.log((Number(ticks) / Number(frequency) / (Number(turns) * Number(instructions))) * 1e9);

import { QemuMachine } from '@kexeckit/qemu';
import { MEMORY, wholeRelocation } from './whole-relocation.ts';

// Times a whole relocation on QEMU, up to the jump. Arguments: the workload, `verified` or `copied`. Prints nanoseconds.
const [name = '', how] = process.argv.slice(2);
const machine = new QemuMachine({ memory: MEMORY, cpus: 1, exceptionLevel: 2, until: 'jump' });
const { timeline } = await machine.run(wholeRelocation(name, how === 'verified'));
console.log((timeline.phases.find(({ phase }) => phase === 'relocation')?.seconds ?? 0) * 1e9);

import { QemuMachine } from '@kexeckit/qemu';
import { phases, secondsOf } from '@kexeckit/reboot';
import { runLoaded } from '@kexeckit/reboot/testing';
import { MEMORY, wholeRelocation } from './whole-relocation.ts';

// Times a whole relocation on QEMU, up to the jump. Arguments: the workload, `verified` or `copied`. Prints nanoseconds.
const [name = '', how] = process.argv.slice(2);
const machine = new QemuMachine({ memory: MEMORY, cpus: 1, exceptionLevel: 2, until: 'jump' });
const { timeline } = await runLoaded(machine, wholeRelocation(name, how === 'verified'));
console.log((secondsOf(timeline, phases.relocation.name) ?? 0) * 1e9);

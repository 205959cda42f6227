// A process that holds, or watches: real processes and real pinned pages, above a kernel that only notes what is loaded.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkload, stageReboot } from '@kexeckit/reboot';
import { guardBy, Holder, LinuxMachine, readHost, thisKernel, watchForHolder } from '../../dist/index.js';

const [part, folder, killAt] = process.argv.slice(2);
const loaded = join(folder, 'loaded');
const real = await thisKernel();
let calls = 0;

function fake(name, args) {
  if (name === 'kexec_load') {
    if (args[1] === 0n) rmSync(loaded, { force: true });
    else writeFileSync(loaded, '');
    return 0n;
  }
  return undefined;
}

const kernel = {
  ...real,
  architecture: 'arm64',
  call: (name, ...args) => {
    const result = fake(name, args) ?? real.call(name, ...args);
    calls += 1;
    if (String(calls) === killAt) process.kill(process.pid, 'SIGKILL');
    return result;
  },
};

async function hold() {
  const machine = new LinuxMachine({
    kernel,
    read: async () => ({ ...(await readHost({ root: join(folder, 'root') })), kexecLoaded: existsSync(loaded) }),
    services: 'none',
    leaveMark: () => {},
    postGuard: guardBy([process.execPath, process.argv[1], 'watch', folder], folder),
  });
  const request = { ...generateWorkload(300_000, 100_000, 3), cmdline: 'quiet', strategy: 'mmu-on', seed: 1 };
  const reboot = await stageReboot(machine, request, { rehearse: false });
  const holder = await Holder.start({ machine, reboot }, folder);
  process.on('SIGTERM', () => void holder.end());
  process.stdout.write(`holding ${calls}\n`);
  await holder.ended;
}

async function watch() {
  writeFileSync(join(folder, `watcher-${process.pid}`), '');
  await watchForHolder(kernel, folder);
}

await (part === 'hold' ? hold() : watch());
process.exit(0);

// Rollouts over simulated hosts in bad weather, for hours: KEXECKIT_SOAK small ones, each by its seed, and two of KEXECKIT_SOAK_HOSTS hosts.
import { prepareHost } from './host.mjs';
import { build, install, run } from './workspace.mjs';

process.env.KEXECKIT_SOAK ??= '1000';
await install();
await prepareHost();
await build();
process.exitCode = await run('vitest', 'run', 'packages/fleet/test/soak', ...process.argv.slice(2));

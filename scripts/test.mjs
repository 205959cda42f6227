// npm test: installs, builds, checks and runs every test, QEMU boots included. Arguments go to vitest, without checks.
import { check } from './check.mjs';
import { prepareHost } from './host.mjs';
import { build, install, run } from './workspace.mjs';

await install();
await prepareHost();
await build();
const args = process.argv.slice(2);
const checked = args.length > 0 || (await check());
const tested = (await run('vitest', 'run', ...args)) === 0;
process.exitCode = checked && tested ? 0 : 1;

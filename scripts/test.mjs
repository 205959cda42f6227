// npm test: installs, builds, checks and runs every test, QEMU boots included. Arguments go to vitest, without checks.
import { check } from './check.mjs';
import { prepareHost } from './host.mjs';
import { build, install, run } from './workspace.mjs';

install();
prepareHost();
build();
const args = process.argv.slice(2);
const checked = args.length > 0 || check();
const tested = run('vitest', 'run', ...args) === 0;
process.exitCode = checked && tested ? 0 : 1;

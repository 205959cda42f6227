// npm start: installs, builds, and does the main job on the simulated machine. Arguments replace the default command.
import { build, install, run } from './workspace.mjs';

install();
build('kexeckit');
const args = process.argv.slice(2);
process.exitCode = run(process.execPath, 'apps/cli/dist/main.js', ...(args.length > 0 ? args : ['reboot']));

// npm start: installs, builds, and does the main job on the simulated machine. Arguments replace the default command.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endWithNpm } from './child.mjs';
import { build, install, root } from './workspace.mjs';

endWithNpm();
await install();
await build('kexeckit');

// In this process, not in a child: signals reach the command, and nothing is left when we are killed.
const command = join(root, 'apps/cli/dist/main.js');
const args = process.argv.slice(2);
process.argv = [process.execPath, command, ...(args.length > 0 ? args : ['reboot'])];
await import(pathToFileURL(command).href);

// npm run bundle: makes what people install, in dist/: one file, a program of its own and a Debian package for each
// architecture, a root to reboot from in QEMU, and the package for npm.
import { join } from 'node:path';
import { fetchGuestFiles, guestFilesFolder } from './guest-files.mjs';
import { build, install, root, run } from './workspace.mjs';

await install();
await build();
await fetchGuestFiles(['node', 'node-amd64', 'node-licence', 'root']);
const main = join(root, 'tools/distribution/dist/main.js');
process.exitCode = await run(process.execPath, main, 'all', join(root, 'dist'), guestFilesFolder());

// npm run lab: installs, builds, and serves the page.
import { build, install, run } from './workspace.mjs';

install();
build('@kexeckit/web');
process.exitCode = run('pnpm', '--filter', '@kexeckit/web', 'preview', ...process.argv.slice(2));

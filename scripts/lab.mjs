// npm run lab: installs, builds, and serves the page.
import { build, install, run } from './workspace.mjs';

await install();
await build('@kexeckit/web');
process.exitCode = await run('pnpm', '--filter', '@kexeckit/web', 'preview', ...process.argv.slice(2));

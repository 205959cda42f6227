// npm run budget: what the lab may cost, measured in a browser: bytes, first paint, blocked time, frames a second.
import { build, install, run } from './workspace.mjs';

await install();
await build('@kexeckit/web');
process.exitCode = await run('pnpm', '--filter', '@kexeckit/web', 'budget');

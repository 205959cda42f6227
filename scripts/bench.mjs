// npm run bench: measures every benchmark of the packages, each beside its competitor, in one table.
import { prepareCompiler } from './host.mjs';
import { buildTools, install, run } from './workspace.mjs';

await install();
await prepareCompiler();
await buildTools();
process.exitCode = await run(process.execPath, 'tools/bench/dist/main.js', ...process.argv.slice(2));

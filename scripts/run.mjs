// Runs a tool of the workspace, installed first: node scripts/run.mjs turbo run build
import { install, run } from './workspace.mjs';

const [program = '', ...args] = process.argv.slice(2);
await install();
process.exitCode = await run(program, ...args);

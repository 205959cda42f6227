// npm run vectors -- FILE…: answers files of Linux's own answers with the packages, and tells where they differ.
import { resolve } from 'node:path';
import { buildTools, install, run } from './workspace.mjs';

await install();
await buildTools();
const files = process.argv
  .slice(2)
  .map((file) => (file.startsWith('-') ? file : resolve(process.env.INIT_CWD ?? '.', file)));
process.exitCode = await run(process.execPath, 'tools/vectors/dist/main.js', ...files);

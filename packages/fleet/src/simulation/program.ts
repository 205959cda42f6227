import { text } from 'node:stream/consumers';
import { farmConfig } from './config.ts';
import { serveFarm } from './server.ts';

/** A farm as a process of its own: its config as JSON on standard input; prints its address as a line; ends well by SIGTERM. */
const config = farmConfig(JSON.parse(await text(process.stdin)));
const server = await serveFarm(config);
process.on('SIGTERM', () => {
  server.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.stdout.write(`${server.address}\n`);

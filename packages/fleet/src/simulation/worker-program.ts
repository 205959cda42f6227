import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { agentOver } from '../agent/agent.ts';
import { scaledClock } from '../clock.ts';
import { openDatabase } from '../database/open.ts';
import { startWorker } from '../workflow/worker.ts';
import { SimulatedTransport } from './transport.ts';

/** A worker over simulated hosts as a process of its own: what it needs as JSON on standard input; prints `ready`; ends well by SIGTERM. */
const config = v.parse(
  v.strictObject({
    database: v.string(),
    farm: v.string(),
    worker: v.string(),
    clock: v.strictObject({ scale: v.number(), start: v.number(), realStart: v.number() }),
  }),
  JSON.parse(await text(process.stdin)),
);
const clock = scaledClock(config.clock);
const simulated = new SimulatedTransport({ address: config.farm, worker: config.worker });
const database = await openDatabase(config.database);
const worker = await startWorker(database, {
  clock,
  // Hooks of the worker are the farm's, too: they belong to the simulated world.
  transports: new Map([
    ['simulated', simulated],
    ['local', simulated],
  ]),
  agentOf: ({ next }, transport) => agentOver(transport, next.agent, clock),
  classKeyOf: (bundle) => Promise.resolve(createHash('sha256').update(bundle).digest('hex')),
});
process.on('SIGTERM', () => {
  worker
    .stop()
    .then(() => database.close())
    .then(
      () => process.exit(0),
      () => process.exit(1),
    );
});
process.stdout.write('ready\n');

// What needs the workflow engine and its databases: whoever only plans does not import it.
export type { Database, DatabasePurpose } from '../database/database.ts';
export { checkPlace, openDatabase } from '../database/open.ts';
export { type KnownRollout, listRollouts } from '../observe/rollouts.ts';
export { statusOf } from '../observe/status.ts';
export { orderRollout, startRollout } from './client.ts';
export { documentOf, type FleetContext } from './fleet.ts';
export type { Order } from './orders.ts';
export { clientOf, startWorker, type Worker } from './worker.ts';

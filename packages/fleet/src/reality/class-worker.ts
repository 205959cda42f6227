import { planInThread } from './plan-in-thread.ts';

// The thread that plans one class, and ends.
await planInThread();

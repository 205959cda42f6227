import { generateWorkload, type Workload } from '../../src/index.ts';

/** Small, so that a million runs take minutes; the initrd ends within a page. */
export const files: Workload = generateWorkload(70_000, 9_000, 11);

import type { DLogger } from '@dbos-inc/dbos-sdk';

/** What the workflow engine says of itself is not for operators: what matters to them is in results and errors. */
export const quietLogger: DLogger = { info() {}, debug() {}, warn() {}, error() {} };

import type { DBOSClient } from '@dbos-inc/dbos-sdk';

/** How a road ends that has not ended well, by the database. */
export const ENDED_BADLY: ('ERROR' | 'CANCELLED' | 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')[] = [
  'ERROR',
  'CANCELLED',
  'MAX_RECOVERY_ATTEMPTS_EXCEEDED',
];

/** Who lists workflows: a client of DBOS. */
export interface WorkflowList {
  listWorkflows(input: Parameters<DBOSClient['listWorkflows']>[0]): Promise<readonly unknown[]>;
}

/**
 * How many hosts failed or were lost. Each gate asks, and who has failed stays failed: only those that came since are read, and who
 * asks the same at the same time is answered by one question.
 */
export class Failures {
  readonly #client: WorkflowList;
  readonly #seen = new Map<string, number>();
  readonly #asked = new Map<string, Promise<number>>();

  constructor(client: WorkflowList) {
    this.#client = client;
  }

  /**
   * @param prefix of the hosts' workflows.
   * @param limit how far is counted.
   */
  count(prefix: string, limit: number): Promise<number> {
    const question = `${limit} ${prefix}`;
    const asked = this.#asked.get(question);
    if (asked !== undefined) return asked;
    const answer = this.#count(prefix, limit).finally(() => this.#asked.delete(question));
    this.#asked.set(question, answer);
    return answer;
  }

  async #count(prefix: string, limit: number): Promise<number> {
    const seen = this.#seen.get(prefix) ?? 0;
    if (seen >= limit) return limit;
    const more = await this.#client.listWorkflows({
      workflow_id_prefix: prefix,
      status: ENDED_BADLY,
      offset: seen,
      limit: limit - seen,
      loadInput: false,
      loadOutput: false,
    });
    // Another question, with another limit, may have seen more meanwhile.
    this.#seen.set(prefix, Math.max(seen + more.length, this.#seen.get(prefix) ?? 0));
    return seen + more.length;
  }
}

/** Who says how workflows stand. */
export interface WorkflowLook {
  getWorkflow(
    workflowID: string,
  ): Promise<{ readonly status: string; readonly executorId?: string | undefined } | null | undefined>;
}

/** Lets through whoever still does the work; the answer never comes to others. */
export type Fence = () => Promise<void>;

/**
 * Keeps a worker from changing hosts that others have taken over. One that was cut off from the database for some seconds is dead to the
 * others, and would go on where it waited, long after they have finished its work.
 */
export class Fences {
  readonly #client: WorkflowLook;
  readonly #worker: string;
  /** Of the latest run of each workflow in this process. */
  readonly #raised = new Map<string, Fence>();

  /** @param worker its id in the database. */
  constructor(client: WorkflowLook, worker: string) {
    this.#client = client;
    this.#worker = worker;
  }

  /** For a run of a workflow that begins: it stands in the way of runs before it, and of this one where the workflow is not this worker's. */
  raise(workflow: string): Fence {
    const fence = async (): Promise<void> => {
      const known = await this.#client.getWorkflow(workflow);
      const isMine = known?.status === 'PENDING' && known.executorId === this.#worker;
      if (!isMine || this.#raised.get(workflow) !== fence) await new Promise<never>(() => {});
    };
    this.#raised.set(workflow, fence);
    return fence;
  }

  /** Its run has ended. */
  lower(workflow: string, fence: Fence): void {
    if (this.#raised.get(workflow) === fence) this.#raised.delete(workflow);
  }
}

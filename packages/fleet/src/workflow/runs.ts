import { isOfDatabase } from '../database/passing.ts';

/** Who says how workflows stand. */
export interface WorkflowLook {
  getWorkflow(
    workflowID: string,
  ): Promise<{ readonly status: string; readonly executorId?: string | undefined } | null | undefined>;
}

/** A run of a workflow in this process. */
export interface Run {
  readonly workflow: string;
  /**
   * Lets through whoever still does the work; the answer never comes to others. It keeps a worker from changing hosts that others have
   * taken over: one that was cut off from the database for some seconds is dead to the others, and would go on where it waited, long after
   * they have finished its work.
   */
  readonly fence: () => Promise<void>;
  /** It goes on no longer: nothing more is recorded of it, and the workflow is run again from what was. */
  readonly abandon: () => Promise<never>;
}

/** The runs of workflows in this process. */
export class Runs {
  readonly #client: WorkflowLook;
  readonly #worker: string;
  /** Of each workflow, the run that goes on. */
  readonly #latest = new Map<string, Run>();

  /** @param worker its id in the database. */
  constructor(client: WorkflowLook, worker: string) {
    this.#client = client;
    this.#worker = worker;
  }

  /** A run that was begun before stops at its fence from now on. */
  begin(workflow: string): Run {
    const run: Run = { workflow, fence: () => this.#pass(run), abandon: () => this.#abandon(run) };
    this.#latest.set(workflow, run);
    return run;
  }

  async #pass(run: Run): Promise<void> {
    const known = await this.#client.getWorkflow(run.workflow);
    const isMine = known?.status === 'PENDING' && known.executorId === this.#worker;
    if (isMine && this.#latest.get(run.workflow) === run) return;
    await this.#abandon(run);
  }

  async #abandon(run: Run): Promise<never> {
    this.end(run);
    return await new Promise<never>(() => {});
  }

  end(run: Run): void {
    if (this.#latest.get(run.workflow) === run) this.#latest.delete(run.workflow);
  }

  /** Whether a run of it goes on here. */
  has(workflow: string): boolean {
    return this.#latest.has(workflow);
  }
}

/** A part of a run. What the database says by it is no end of the run. */
export async function inRun<T>(run: Run, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (isOfDatabase(error)) return await run.abandon();
    throw error;
  }
}

import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DigestedFile, HostClass, NextSystem, PlannedHost } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import { makeFolder } from '../make-folder.ts';
import { classThread } from './class-thread.ts';
import { inParallel } from './in-parallel.ts';
import { type PlanFailure, reasonFor } from './plan-failure.ts';
import type { PlanOutcome, PlanTask } from './plan-task.ts';
import type { FoundClass, LeftHost, Survey } from './survey.ts';

/** How classes are planned. */
export interface ClassPlanOptions {
  /** Where saved plans go, each in a file of its digest's name. */
  readonly folder: string;
  /** Classes that are planned at once, each in a thread of its own. 1 by default. */
  readonly concurrency?: number | undefined;
  /** On how many CPUs it is rehearsed: as described (`once`, by default), or on every one that is imitated. */
  readonly rehearsal?: 'once' | 'thorough' | undefined;
  readonly seed?: number | undefined;
  /** Milliseconds that one class may take; an hour by default. */
  readonly limitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many classes have a plan, or will have none. */
  readonly onProgress?: ((done: number, classes: number) => void) | undefined;
  /** The module of the thread, for who ships it elsewhere. */
  readonly worker?: URL | undefined;
}

/** Classes with their plans, and hosts that take part. */
export interface PlannedClasses {
  readonly classes: readonly HostClass[];
  readonly hosts: readonly PlannedHost[];
  readonly left: readonly LeftHost[];
}

/** What is booted, without what only hosts need. */
interface NextFiles extends Pick<NextSystem, 'initrd' | 'dtb' | 'cmdline' | 'strategy'> {
  readonly kernel: DigestedFile;
}

const HOUR_MS = 3_600_000;
const AUTO = 'auto';

/**
 * One plan, one proof and one rehearsal for each class of a survey. Hosts of a class that has no plan are left out, with the reason.
 *
 * @throws FleetError `ECANCELED`, `EIO` where a plan cannot be written.
 */
export async function planClasses(
  { classes, hosts, left }: Survey,
  next: NextFiles,
  options: ClassPlanOptions,
): Promise<PlannedClasses> {
  const planned = new Map<string, HostClass>();
  const reasons = new Map<string, string>();
  let done = 0;
  await inParallel(classes, options.concurrency ?? 1, async (found) => {
    try {
      planned.set(found.key, await planClass(found, next, options));
    } catch (error) {
      if (options.signal?.aborted || !(error instanceof FleetError)) throw error;
      reasons.set(found.key, `${error.code}: ${error.message}; ${error.hint}`);
    }
    done += 1;
    options.onProgress?.(done, classes.length);
  });
  const refused = hosts.flatMap(({ name, class: key }) => {
    const why = reasons.get(key);
    return why === undefined ? [] : [{ host: name, why }];
  });
  return {
    classes: classes.flatMap(({ key }) => planned.get(key) ?? []),
    hosts: hosts.filter(({ class: key }) => planned.has(key)),
    left: [...left, ...refused],
  };
}

/**
 * Plans, proves and rehearses for one class, in a thread of its own, and saves the plan.
 *
 * @throws FleetError with why there is none: `EOPNOTSUPP` where the class has no route, `ETIMEDOUT`, `ECANCELED`, …
 */
export async function planClass(found: FoundClass, next: NextFiles, options: ClassPlanOptions): Promise<HostClass> {
  const { kernel, initrd, dtb, cmdline } = next;
  const strategy = next.strategy === AUTO ? found.route : next.strategy;
  if (strategy === undefined)
    throw new FleetError(
      'EOPNOTSUPP',
      `hosts like ${found.by} offer no way into another kernel for certain`,
      'kexeckit doctor on it says more; a strategy that is named is tried all the same',
      { host: found.by },
    );
  const { rehearsal = 'once', seed = 1 } = options;
  const task: PlanTask = { bundle: found.bundle, kernel, initrd, dtb, cmdline, strategy, seed, rehearsal };
  const { text, checks, rehearsals } = await inThread(task, found.by, options);
  const plan = await save(text, options.folder);
  return { key: found.key, strategy, plan, hosts: found.hosts, proof: { checks, rehearsals } };
}

type Reply = { readonly outcome: PlanOutcome } | { readonly failure: PlanFailure };

function inThread(
  task: PlanTask,
  by: string,
  { limitMs = HOUR_MS, signal, worker: module = classThread() }: ClassPlanOptions,
): Promise<PlanOutcome> {
  const details = { host: by };
  if (signal?.aborted)
    return Promise.reject(new FleetError('ECANCELED', 'planning was given up', 'begin again', details));
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData: task, stdout: false, stderr: false });
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      settle();
      void worker.terminate();
    };
    const fail = (error: FleetError): void => end(() => reject(error));
    const cancel = (): void =>
      fail(new FleetError('ECANCELED', 'planning was given up', 'begin again', { ...details, cause: signal?.reason }));
    const late = (): void =>
      fail(new FleetError('ETIMEDOUT', `planning for hosts like ${by} takes too long`, 'give it more time', details));
    const timer = setTimeout(late, limitMs);
    signal?.addEventListener('abort', cancel, { once: true });
    worker.once('message', (reply: Reply) => {
      if ('outcome' in reply) return end(() => resolve(reply.outcome));
      const { code, message, hint } = reply.failure;
      fail(new FleetError(code, message, hint, details));
    });
    worker.once('error', (error) => {
      const { message } = reasonFor(error);
      fail(
        new FleetError('EIO', `planning for hosts like ${by} ended: ${message}`, 'see whether memory is left', details),
      );
    });
    worker.once('exit', (code) =>
      fail(
        new FleetError(
          'EIO',
          `planning for hosts like ${by} ended with ${code}`,
          'see whether memory is left',
          details,
        ),
      ),
    );
  });
}

/** The seeds of a plan are nobody else's to read. */
const PRIVATE = 0o600;

/** Writes a plan where its digest says, whole or not at all. */
async function save(text: string, folder: string): Promise<DigestedFile> {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = join(folder, `${sha256}.json`);
  const draft = join(folder, `.${randomUUID()}`);
  await makeFolder(folder);
  try {
    const file = await open(draft, 'wx', PRIVATE);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    const why = reasonFor(cause).message;
    throw new FleetError('EIO', `the plan ${path} cannot be written: ${why}`, 'see whether there is room', { cause });
  }
  return { path, size: bytes.length, sha256 };
}

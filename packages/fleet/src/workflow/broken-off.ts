import type { WorkflowStatus } from '@dbos-inc/dbos-sdk';
import { oneLine } from '../printable.ts';
import { ENDED_BADLY } from './failures.ts';

/** Whether a workflow has ended otherwise than by coming to its end. */
export const isEndedBadly = (status: string | undefined): boolean => ENDED_BADLY.some((known) => known === status);

/** Why the workflow of a rollout has ended before its end; undefined where it goes on, or has come to it. */
export function whyBrokenOff(
  workflow: (Pick<WorkflowStatus, 'status'> & { readonly error?: unknown }) | undefined,
): string | undefined {
  if (workflow === undefined || !isEndedBadly(workflow.status)) return undefined;
  const { error } = workflow;
  return error instanceof Error ? `it broke off: ${oneLine(error.message)}` : 'it was ended from outside';
}

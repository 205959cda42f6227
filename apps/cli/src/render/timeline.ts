import type { View } from '../commands/command.ts';
import type { FromFit } from '../commands/timeline/fit.ts';
import type { FromHost, FromLog } from '../commands/timeline/run.ts';
import type { TimelineJson } from '../json/timeline.ts';
import { evidenceView } from './evidence.ts';
import { fitView } from './fit.ts';

/** What was read: times, or prices. */
export const timelineView: View<FromLog | FromHost | FromFit> = {
  text: (result, page) => (result.kind === 'fit' ? fitView.text(result, page) : evidenceView.text(result, page)),
  json: (result): TimelineJson => (result.kind === 'fit' ? fitView.json(result) : evidenceView.json(result)),
  problem: (result) => (result.kind === 'fit' ? fitView.problem?.(result) : evidenceView.problem?.(result)),
  exitCode: (result) => (result.kind === 'fit' ? fitView.exitCode?.(result) : evidenceView.exitCode?.(result)) ?? 0,
};

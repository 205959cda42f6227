import { agreedCopySabotages } from './agreed-copies.ts';
import { agreedDigestSabotages } from './agreed-digests.ts';
import { agreedHandOverSabotages } from './agreed-hand-over.ts';
import { agreedMemorySabotages } from './agreed-memory.ts';
import { agreedRoutineSabotages } from './agreed-routine.ts';
import { agreedSpaceSabotages } from './agreed-space.ts';
import { agreedTreeSabotages } from './agreed-trees.ts';
import { cacheSabotages } from './cache.ts';
import { contentSabotages } from './contents.ts';
import { listSabotages } from './entry-list.ts';
import type { Sabotage } from './kinds.ts';
import { worldSabotages } from './other-world.ts';
import { planSabotages } from './plan.ts';
import { stateSabotages } from './state.ts';
import { tableSabotages } from './tables.ts';
import { translationSabotages } from './translation.ts';
import { routineSabotages } from './words.ts';

/** Every sabotage. */
export const sabotages: readonly Sabotage[] = [
  ...cacheSabotages,
  ...translationSabotages,
  ...routineSabotages,
  ...tableSabotages,
  ...listSabotages,
  ...contentSabotages,
  ...planSabotages,
  ...stateSabotages,
  ...agreedMemorySabotages,
  ...agreedCopySabotages,
  ...agreedDigestSabotages,
  ...agreedSpaceSabotages,
  ...agreedRoutineSabotages,
  ...agreedHandOverSabotages,
  ...agreedTreeSabotages,
  ...worldSabotages,
];

import type { SegmentContents } from '../load.ts';
import type { MemoryImage } from '../memory-image.ts';
import type { StagePlan } from '../stage.ts';
import { checkCleaned } from './cleaning.ts';
import { checkContent } from './content.ts';
import { checkEntryList } from './copies.ts';
import { checkHandOver, checkRoutine } from './hand-over.ts';
import type { Proof } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { checkMappings } from './mappings.ts';
import { checkControlPages, checkDestinations, checkLoaded, checkSources } from './ownership.ts';
import { viewPlan } from './view.ts';
import type { World } from './world.ts';

/**
 * Proves a plan against memory as it was loaded, before the point of no return: every page, every invariant.
 *
 * Nothing is taken from the plan that the running routine would take from memory: the entry list, the tables and the
 * routine are read from the image. The result is data; a reboot is safe where it lists no violation.
 *
 * @throws RelocationError `EINVAL` for contents that are missing or of another size than planned.
 */
export function prove(stage: StagePlan, image: MemoryImage, contents: SegmentContents, _world: World): Proof {
  const view = viewPlan(stage, image);
  const ledger = new Ledger();
  checkDestinations(view, ledger);
  checkSources(view, ledger);
  checkControlPages(view, ledger);
  checkEntryList(view, ledger);
  checkMappings(view, ledger);
  checkLoaded(view, ledger);
  checkContent(view, contents, ledger);
  checkCleaned(view, ledger);
  checkRoutine(view, ledger);
  checkHandOver(view, ledger);
  return ledger.close();
}

import { strategies } from '@kexeckit/relocation';
import { boardTitle } from '../desk/boards.ts';
import { isServedByHost } from '../desk/host.ts';
import { inputsOf, type RebootInputs } from '../desk/inputs.ts';
import { linkTo } from '../desk/link.ts';
import { type Place, placeNames, type Subject } from '../desk/subject.ts';
import { readWishes, wishFields, wishNames } from '../desk/wishes.ts';
import type { ReportFacts } from '../features/report/report.ts';
import type { Takeable } from '../features/report/TakeAway.tsx';
import { LabError } from '../shared/error.ts';
import { bytesText } from '../shared/format.ts';
import { pickKeys } from '../shared/keys.ts';
import type { PictureKind } from '../shared/picture.ts';
import { saveFile } from '../shared/save.ts';
import { askOnce } from '../worker/client.ts';
import type { StrategyResult } from '../worker/protocol.ts';
import type { Lab } from './lab.ts';

/** What can be taken away of the strategy that is looked at. */
export function takeables(lab: Lab): readonly Takeable[] {
  const subject = lab.ranWith();
  const result = lab.isStale(lab.strategy()) ? undefined : lab.results()[lab.strategy()];
  return [
    {
      label: 'Plan (JSON)',
      help: 'the plan of this strategy, as kexeckit prove and kexeckit run read it',
      take: subject && result && (() => takePlan(lab, subject)),
    },
    {
      label: 'Report (HTML)',
      help: 'all of this page in one file that needs nothing else',
      take: subject && result && (() => takeReport(lab, subject, result)),
    },
    ...(['svg', 'png'] as const).map((kind) => ({
      label: `Timeline (${kind.toUpperCase()})`,
      help: 'how long each strategy takes, as a picture; the map has buttons of its own',
      take: timelinesOf(lab).length === 0 ? undefined : () => takeTimelines(lab, kind),
    })),
    { label: 'Link', help: 'the address of this page as it is; files do not go along', take: () => takeLink(lab) },
  ];
}

/** What was run, and how it can be planned again. */
async function inputsOfRun(subject: Subject): Promise<RebootInputs> {
  const { wishes } = readWishes(subject.wishes);
  if (wishes === undefined) throw new LabError('EINVAL', 'what was run can no longer be read', 'run it again');
  return await inputsOf(subject, wishes);
}

async function takePlan(lab: Lab, subject: Subject): Promise<string> {
  const strategy = lab.strategy();
  const inputs = await inputsOfRun(subject);
  const text = await askOnce((api) => api.planText(inputs, strategy));
  const name = `plan-${strategy}.json`;
  saveFile(name, new Blob([text], { type: 'application/json' }));
  return `${name}, ${bytesText(text.length)}`;
}

async function takeReport(lab: Lab, subject: Subject, result: StrategyResult): Promise<string> {
  // Only who takes a report away pays for what writes one.
  const { reportHtml } = await import('../features/report/report.ts');
  const { linesOfPlan } = await import('../features/map/model/table.ts');
  const facts = { ...factsOf(lab, subject, result), map: linesOfPlan(lab.machine() ?? [], result.map) };
  const timelines = await timelinesSvg(facts.timelines);
  const inputs = await inputsOfRun(subject);
  const map = await askOnce((api) => api.mapPicture(inputs, result.strategy, facts.machine));
  const name = `report-${result.strategy}.html`;
  const pictures = [
    { title: 'Timelines', svg: timelines },
    { title: 'Memory map', svg: map },
  ];
  saveFile(name, new Blob([reportHtml({ ...facts, pictures })], { type: 'text/html' }));
  return name;
}

/** Strategies whose times are there, and not of the run before. */
const timelinesOf = (lab: Lab): ReportFacts['timelines'] =>
  strategies.flatMap(({ name }) => {
    const row = lab.results()[name]?.timeline;
    return row === undefined || lab.isStale(name) ? [] : [[name, row] as const];
  });

async function timelinesSvg(timelines: ReportFacts['timelines']): Promise<string> {
  const { timelineSvg } = await import('../features/timeline/svg.ts');
  return timelineSvg(timelines.map(([name, row]) => ({ ...row, label: name })));
}

async function takeTimelines(lab: Lab, kind: PictureKind): Promise<string> {
  const { saveSvg } = await import('../shared/picture.ts');
  await saveSvg('timeline', await timelinesSvg(timelinesOf(lab)), kind);
  return `timeline.${kind}`;
}

async function takeLink({ address }: Lab): Promise<string> {
  await navigator.clipboard.writeText(address.link());
  return 'copied to the clipboard';
}

function factsOf(lab: Lab, subject: Subject, result: StrategyResult): Omit<ReportFacts, 'map' | 'pictures'> {
  return {
    made: new Date(),
    machine: subject.items.map?.name ?? boardTitle(subject.board),
    strategy: result.strategy,
    wishes: wishNames
      .filter((name) => name !== 'strategy' && subject.wishes[name] !== '')
      .map((name) => [wishFields[name].label, subject.wishes[name]]),
    files: pickKeys(placeNames).flatMap((place) => fileRow(subject, place)),
    timelines: timelinesOf(lab),
    proof: result.proof,
    figures: result.figures,
    link: linkOf(subject, result.strategy),
  };
}

/**
 * A link to what was run, whatever lies on the desk by then. The address of a host that serves the lab is nothing to anybody else:
 * there it is the fragment alone.
 */
function linkOf(subject: Subject, strategy: StrategyResult['strategy']): string {
  const fragment = linkTo('/', { ...subject, wishes: { ...subject.wishes, strategy } });
  return isServedByHost() ? fragment : new URL(fragment, location.href).href;
}

function fileRow({ items }: Subject, place: Place): (readonly [string, string, string])[] {
  const item = items[place];
  if (item === undefined) return [];
  if ('logs' in item)
    return item.logs.map(({ name, file }) => [placeNames[place], name, bytesText(file.size)] as const);
  const bytes = 'bytes' in item ? item.bytes.length : item.text.length;
  return [[placeNames[place], item.name, bytesText(bytes)]];
}

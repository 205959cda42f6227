import { strategies } from '@kexeckit/relocation';
import { boardTitle } from '../desk/boards.ts';
import { inputsOf } from '../desk/inputs.ts';
import { type Place, placeNames, type Subject } from '../desk/subject.ts';
import { readWishes, wishFields, wishNames } from '../desk/wishes.ts';
import { type ReportFacts, reportHtml } from '../features/report/report.ts';
import type { Takeable } from '../features/report/TakeAway.tsx';
import { bytesText } from '../shared/format.ts';
import { pickKeys } from '../shared/keys.ts';
import { saveFile } from '../shared/save.ts';
import { askOnce } from '../worker/client.ts';
import type { Lab } from './lab.ts';

/** What can be taken away of the strategy that is looked at. */
export function takeables(lab: Lab): readonly Takeable[] {
  const subject = lab.ranWith();
  const isThere = subject !== undefined && lab.results()[lab.strategy()] !== undefined && !lab.isStale(lab.strategy());
  return [
    {
      label: 'Plan (JSON)',
      help: 'the plan of this strategy, as kexeckit prove and kexeckit run read it',
      take: isThere ? () => takePlan(lab, subject) : undefined,
    },
    {
      label: 'Report (HTML)',
      help: 'all of this page in one file that needs nothing else',
      take: isThere ? async () => takeReport(lab, subject) : undefined,
    },
    { label: 'Link', help: 'the address of this page as it is; files do not go along', take: takeLink },
  ];
}

async function takePlan(lab: Lab, subject: Subject): Promise<string> {
  const { wishes } = readWishes(subject.wishes);
  const strategy = lab.strategy();
  if (wishes === undefined) return 'what was run can no longer be read';
  const inputs = await inputsOf(subject, wishes);
  const text = await askOnce((api) => api.planText(inputs, strategy));
  const name = `plan-${strategy}.json`;
  saveFile(name, new Blob([text], { type: 'application/json' }));
  return `${name}, ${bytesText(text.length)}`;
}

function takeReport(lab: Lab, subject: Subject): string {
  const facts = factsOf(lab, subject);
  if (facts === undefined) return 'there is no result yet';
  const name = `report-${facts.strategy}.html`;
  saveFile(name, new Blob([reportHtml(facts)], { type: 'text/html' }));
  return name;
}

async function takeLink(): Promise<string> {
  await navigator.clipboard.writeText(location.href);
  return 'copied to the clipboard';
}

function factsOf(lab: Lab, subject: Subject): ReportFacts | undefined {
  const strategy = lab.strategy();
  const result = lab.results()[strategy];
  if (result === undefined) return undefined;
  return {
    made: new Date(),
    machine: subject.items.map?.name ?? boardTitle(subject.board),
    strategy,
    wishes: wishNames
      .filter((name) => name !== 'strategy' && subject.wishes[name] !== '')
      .map((name) => [wishFields[name].label, subject.wishes[name]]),
    files: pickKeys(placeNames).flatMap((place) => fileRow(subject, place)),
    pictures: [],
    timelines: strategies.flatMap(({ name }) => {
      const row = lab.results()[name]?.timeline;
      return row === undefined || lab.isStale(name) ? [] : [[name, row] as const];
    }),
    proof: result.proof,
    figures: result.figures,
    map: result.map.table,
    link: location.href,
  };
}

function fileRow({ items }: Subject, place: Place): (readonly [string, string, string])[] {
  const item = items[place];
  if (item === undefined) return [];
  const bytes = 'bytes' in item ? item.bytes.length : item.text.length;
  return [[placeNames[place], item.name, bytesText(bytes)]];
}

import { EXIT } from '../../exit-code.ts';
import { fileOptions } from '../../options/files.ts';
import { FARM, FLEET, OUTPUT, REBOOT, ROLLOUT } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { requestOptions } from '../../options/request.ts';
import { filled, oneOf, wholeNumber } from '../../options/values.ts';
import { type Argument, type Command, defineCommand, type Family, type HelpList } from '../command.ts';
import type {
  DatabaseValues,
  FarmValues,
  FleetPlanValues,
  FleetValues,
  ReportValues,
  ResumeValues,
  StopValues,
} from './values.ts';
import { programWords, share, speed } from './words.ts';

const HOSTS_MOST = 1_000_000;
const AT_ONCE_MOST = 10_000;

const databaseOptions: OptionsFor<DatabaseValues> = {
  database: {
    heading: ROLLOUT,
    summary: 'where rollouts are kept: postgresql://USER@HOST/NAME, or a folder for this machine alone',
    value: '<folder>',
    parse: filled,
  },
};

const fleetOptions: OptionsFor<FleetValues> = { ...databaseOptions, ...outputOptions };

const DATABASE = 'kexeckit/fleet in XDG_STATE_HOME';
const databaseDefault = (option: string): string | undefined => (option === 'database' ? DATABASE : undefined);

/** What is read of the environment. */
const environment: HelpList = {
  heading: 'Environment:',
  rows: [
    ['KEXECKIT_FARM', 'the address of simulated hosts, which kexeckit fleet farm prints: for trying it out'],
    ['PGPASSWORD', "the password of the database, which is nobody else's to read, unlike a command line"],
  ],
};

const ID: Argument = {
  name: 'id',
  summary: 'the rollout; the one that runs, where there is one',
  isOptional: true,
  isText: true,
};

const planOptions: OptionsFor<FleetPlanValues> = {
  inventory: {
    heading: FLEET,
    summary: 'the hosts, in YAML or JSON: name, labels, address, transport',
    value: '<file>',
    parse: filled,
  },
  inventoryCommand: {
    heading: FLEET,
    summary: 'a program that prints them, with its arguments, in at most 60 s; there is no shell',
    value: '<words>',
    parse: programWords,
  },
  policy: {
    heading: FLEET,
    summary: 'waves, budget, windows, commands, limits, in YAML or JSON',
    value: '<file>',
    parse: filled,
  },
  atOnce: {
    heading: FLEET,
    summary: 'hosts that are asked at once what they are',
    value: '<number>',
    parse: wholeNumber(1, AT_ONCE_MOST),
  },
  ...fileOptions,
  append: requestOptions.append,
  release: {
    heading: fileOptions.kernel.heading,
    summary: 'what uname -r says when a host is back',
    value: '<release>',
    parse: filled,
  },
  strategy: requestOptions.strategy,
  rehearse: {
    heading: REBOOT,
    summary: 'on how many CPUs each class is rehearsed: once or thorough',
    value: '<how>',
    parse: oneOf<'once' | 'thorough'>(['once', 'thorough']),
  },
  agent: {
    heading: ROLLOUT,
    summary: "the host's side: kexeckit.js, or a program of its own for arm64; uploaded where it is missing",
    value: '<file>',
    parse: filled,
  },
  id: {
    heading: ROLLOUT,
    summary: 'letters, digits and -; a host is rebooted once for each',
    value: '<id>',
    parse: filled,
  },
  output: {
    heading: OUTPUT,
    summary: 'where the rollout is written; plans go to a folder beside it',
    value: '<file>',
    parse: filled,
  },
  ...outputOptions,
};

const PLAN_DEFAULTS: Readonly<Record<string, string>> = {
  atOnce: '50',
  release: 'what the kernel file says',
  strategy: 'of each class the one that kexeckit doctor names',
  rehearse: 'once',
  agent: 'this very command, where it is one file',
  id: 'the time, and some letters',
  output: 'rollout.json',
};

const plan: Command = defineCommand({
  name: 'plan',
  summary: 'ask hosts what they are, plan a reboot for each class of them, and prove it',
  args: [],
  options: planOptions,
  defaultOf: (option) => PLAN_DEFAULTS[option],
  lists: [environment],
  everyday: ['inventory', 'policy', 'kernel', 'initrd', 'append', 'output'],
  examples: [
    {
      line: 'kexeckit fleet plan --inventory hosts.yaml --policy policy.yaml --kernel Image --append "root=/dev/vda1"',
      does: 'hosts that are alike share a plan; nothing is rebooted',
    },
    {
      line: 'kexeckit fleet plan --inventory-command "hosts --site b" --policy policy.yaml --kernel Image --append quiet',
      does: 'with what a program says that there is',
    },
  ],
  load: async () => {
    const [{ planFleet }, { fleetPlanView }] = await Promise.all([
      import('./plan.ts'),
      import('../../render/fleet/plan.ts'),
    ]);
    return { run: planFleet, view: fleetPlanView };
  },
});

const run: Command = defineCommand({
  name: 'run',
  summary: 'start a rollout, or go on with it, and take part until it ends',
  args: [{ name: 'rollout', summary: 'what kexeckit fleet plan wrote' }],
  options: fleetOptions,
  defaultOf: databaseDefault,
  lists: [environment],
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit fleet run rollout.json',
      does: 'Ctrl-C leaves it; exit code 1 if a host failed, 2 if that cannot be said',
    },
    {
      line: 'kexeckit fleet run rollout.json --database postgresql://fleet@db/fleet',
      does: 'which others can take part in',
    },
  ],
  load: async () => {
    const [{ runFleet }, { fleetStatusView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/fleet/status.ts'),
    ]);
    return { run: runFleet, view: fleetStatusView };
  },
});

const worker: Command = defineCommand({
  name: 'worker',
  summary: 'take part in every rollout of a database until Ctrl-C',
  args: [],
  options: fleetOptions,
  defaultOf: databaseDefault,
  lists: [environment],
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit fleet worker --database postgresql://fleet@db/fleet', does: 'on as many machines as you like' },
  ],
  load: async () => {
    const { takePart, workerView } = await import('./worker.ts');
    return { run: takePart, view: workerView };
  },
});

const status: Command = defineCommand({
  name: 'status',
  summary: 'say how a rollout stands, or which rollouts there are',
  args: [{ ...ID, summary: 'the rollout; all are listed where none is named' }],
  options: fleetOptions,
  defaultOf: databaseDefault,
  lists: [environment],
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit fleet status', does: 'every rollout that there is' },
    { line: 'kexeckit fleet status r7 --json', does: 'each host of one; exit code 1 if one failed, or it was stopped' },
  ],
  load: async () => {
    const [{ lookAtFleet }, { statusOrListView }] = await Promise.all([
      import('./status.ts'),
      import('../../render/fleet/status.ts'),
    ]);
    return { run: lookAtFleet, view: statusOrListView };
  },
});

const whyOption = { heading: ROLLOUT, summary: 'what others are told, in a line', value: '<text>', parse: filled };

const stopOptions: OptionsFor<StopValues> = { why: whyOption, ...fleetOptions };

const pause: Command = defineCommand({
  name: 'pause',
  summary: 'let no further host be rebooted; those that were committed go on',
  args: [ID],
  options: stopOptions,
  defaultOf: databaseDefault,
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit fleet pause r7 --why "an incident"', does: 'hosts wait before their reboot, and can be undone' },
  ],
  load: async () => {
    const [{ pauseFleet }, { orderView }] = await Promise.all([
      import('./order.ts'),
      import('../../render/fleet/order.ts'),
    ]);
    return { run: pauseFleet, view: orderView };
  },
});

const resumeOptions: OptionsFor<ResumeValues> = {
  failureBudget: {
    heading: ROLLOUT,
    summary: 'failed and lost hosts that are accepted from here on, in all',
    value: '<number>',
    parse: wholeNumber(0, HOSTS_MOST),
  },
  ...fleetOptions,
};

const resume: Command = defineCommand({
  name: 'resume',
  summary: 'let a paused rollout go on',
  args: [ID],
  options: resumeOptions,
  defaultOf: (option) => (option === 'failureBudget' ? 'as it was' : databaseDefault(option)),
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit fleet resume r7 --failure-budget 5', does: 'and accept more failures than the policy does' },
  ],
  load: async () => {
    const [{ resumeFleet }, { orderView }] = await Promise.all([
      import('./order.ts'),
      import('../../render/fleet/order.ts'),
    ]);
    return { run: resumeFleet, view: orderView };
  },
});

const abort: Command = defineCommand({
  name: 'abort',
  summary: 'end a rollout: hosts that were not rebooted are as they were before',
  args: [ID],
  options: stopOptions,
  defaultOf: databaseDefault,
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit fleet abort r7',
      does: 'what was loaded is unloaded; the restore command brings drained hosts back',
    },
  ],
  load: async () => {
    const [{ abortFleet }, { orderView }] = await Promise.all([
      import('./order.ts'),
      import('../../render/fleet/order.ts'),
    ]);
    return { run: abortFleet, view: orderView };
  },
});

const bypass: Command = defineCommand({
  name: 'bypass',
  summary: 'let one host pass windows, blockers and a pause',
  args: [{ name: 'host', summary: 'its name in the inventory', isText: true }, ID],
  options: fleetOptions,
  defaultOf: databaseDefault,
  failed: EXIT.trouble,
  examples: [{ line: 'kexeckit fleet bypass web-3', does: 'of the rollout that runs' }],
  load: async () => {
    const [{ bypassFleet }, { orderView }] = await Promise.all([
      import('./order.ts'),
      import('../../render/fleet/order.ts'),
    ]);
    return { run: bypassFleet, view: orderView };
  },
});

const reportOptions: OptionsFor<ReportValues> = {
  html: { heading: OUTPUT, summary: 'write it as one page without scripts', value: '<file>', parse: filled },
  prometheus: { heading: OUTPUT, summary: "write figures in Prometheus' text format", value: '<file>', parse: filled },
  ...fleetOptions,
};

const report: Command = defineCommand({
  name: 'report',
  summary: 'say what became of the hosts, and how long they were away',
  args: [{ name: 'id', summary: 'the rollout', isText: true }],
  options: reportOptions,
  defaultOf: databaseDefault,
  lists: [environment],
  failed: EXIT.trouble,
  examples: [{ line: 'kexeckit fleet report r7 --html r7.html', does: 'to show it to others' }],
  load: async () => {
    const [{ reportFleet }, { fleetReportView }] = await Promise.all([
      import('./report.ts'),
      import('../../render/fleet/report.ts'),
    ]);
    return { run: reportFleet, view: fleetReportView };
  },
});

const farmOptions: OptionsFor<FarmValues> = {
  files: {
    heading: FARM,
    summary: 'write an inventory, a policy and a kernel for its hosts into it',
    value: '<folder>',
    parse: filled,
  },
  hosts: { heading: FARM, summary: 'how many', value: '<number>', parse: wholeNumber(1, HOSTS_MOST) },
  trouble: {
    heading: FARM,
    summary: 'the share of hosts that meet trouble in each phase',
    value: '<share>',
    parse: share,
  },
  seed: { heading: FARM, summary: 'decides which', value: '<number>', parse: wholeNumber(0, 0x7fff_ffff) },
  speed: {
    heading: FARM,
    summary: 'how many times faster than the clock its time goes',
    value: '<number>',
    parse: speed,
  },
  release: { heading: FARM, summary: 'what a host runs after a good reboot', value: '<release>', parse: filled },
  ...outputOptions,
};

const FARM_DEFAULTS: Readonly<Record<string, string>> = {
  files: 'none',
  hosts: '30',
  trouble: '0%',
  seed: '1',
  speed: '10',
  release: '6.12.0-next',
};

const farm: Command = defineCommand({
  name: 'farm',
  summary: 'simulate hosts to try rollouts on, until Ctrl-C',
  args: [],
  options: farmOptions,
  defaultOf: (option) => FARM_DEFAULTS[option],
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit fleet farm --files try', does: 'and the command lines to go on with' },
    {
      line: 'kexeckit fleet farm --files try --hosts 1000 --trouble 1% --speed 100',
      does: 'a large one, with failures',
    },
  ],
  load: async () => {
    const { serveHosts, farmView } = await import('./farm.ts');
    return { run: serveHosts, view: farmView };
  },
});

/** `kexeckit fleet …` */
export const fleet: Family = {
  name: 'fleet',
  summary: 'roll a kernel out over many hosts, wave by wave',
  verbs: [plan, run, worker, status, pause, resume, abort, bypass, report, farm],
};

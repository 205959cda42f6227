import type { Example, HelpList } from '../commands/command.ts';
import { capitalised, sentence } from '../render/format.ts';
import type { OutlinedCommand, OutlinedOption, OutlinedWord } from './outline.ts';

/** A manual page: its name without the section, and its text for man(7). */
export interface ManualPage {
  readonly name: string;
  readonly text: string;
}

const SECTION = 1;

/** What exit codes mean, whatever the command. */
const exitStatus: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done; of a command that answers, yes'],
  ['1', 'the work failed; of a command that answers, no'],
  [
    '2',
    'the command line makes no sense, or names a file that cannot be read; output cannot be written; there is no answer',
  ],
  ['129, 130, 143', 'stopped by SIGHUP, SIGINT, SIGTERM'],
  ['141', 'nobody reads the output any more'],
];

const environment: readonly (readonly [name: string, meaning: string])[] = [
  ['COLUMNS', 'columns of the output where it is no terminal; without it lines are as long as they are'],
  ['KEXECKIT_DEBUG', 'if set, an error that nobody foresaw shows where it came from'],
  ['NO_COLOR', 'if set, nothing is coloured'],
  ['TMPDIR', 'where QEMU machines have their files'],
];

/** Of what manual pages are. */
export interface Edition {
  /** Of kexeckit. */
  readonly version: string;
  /** Year, month and day: `2026-11-29`. */
  readonly date: string;
}

/** The manual pages: one for kexeckit, one for each command, one for all verbs of a family. */
export function manualPages(words: readonly OutlinedWord[], edition: Edition): readonly ManualPage[] {
  return [overview(words, edition), ...words.map((word) => pageOf(word, edition))];
}

function overview(words: readonly OutlinedWord[], edition: Edition): ManualPage {
  const rows = words.map(({ name, summary }) => [bold(`kexeckit-${name}(${SECTION})`), escaped(summary)] as const);
  return {
    name: 'kexeckit',
    text: page('kexeckit', 'plan, prove and perform arm64 kexec reboots, and see them', edition, [
      section('SYNOPSIS', [`${bold('kexeckit')} ${italic('COMMAND')} [${italic('OPTION')} ...]`]),
      section('DESCRIPTION', [
        escaped(
          'kexec starts a new kernel from a running one and skips the firmware. kexeckit plans such a reboot, proves it over every page, rehearses it on a machine model that is stricter than hardware, and performs it: on that model, in QEMU, or on the host that it runs on. Nothing but --machine linux and the commands load, exec and unload change the host.',
        ),
      ]),
      section('COMMANDS', rows.flatMap(term)),
      section(
        'EXIT STATUS',
        exitStatus.flatMap(([code, meaning]) => term([code, escaped(meaning)])),
      ),
      section(
        'ENVIRONMENT',
        environment.flatMap(([name, meaning]) => term([bold(name), escaped(meaning)])),
      ),
      section('SEE ALSO', [escaped('kexec(8), kexec_load(2), reboot(2), proc_iomem(5)')]),
    ]),
  };
}

function pageOf({ name, summary, commands, isFamily }: OutlinedWord, edition: Edition): ManualPage {
  const examples = commands.flatMap((command) => command.examples);
  return {
    name: `kexeckit-${name}`,
    text: page(`kexeckit-${name}`, summary, edition, [
      section(
        'SYNOPSIS',
        commands.flatMap((command, at) => (at === 0 ? [synopsis(command)] : ['.br', synopsis(command)])),
      ),
      ...(isFamily ? commands.map(verbSection) : commands.map(optionsSection)),
      ...lists(commands).map(listSection),
      section('EXAMPLES', examples.flatMap(exampleLines)),
      section('EXIT STATUS', [`See ${bold(`kexeckit(${SECTION})`)}.`]),
    ]),
  };
}

/** The same list may belong to several verbs. */
const lists = (commands: readonly OutlinedCommand[]): readonly HelpList[] => [
  ...new Map(commands.flatMap((command) => command.lists.map((list) => [list.heading, list]))).values(),
];

const page = (name: string, summary: string, { version, date }: Edition, sections: readonly string[]): string =>
  `.TH ${name.toUpperCase()} ${SECTION} ${date} "kexeckit ${version}" "kexeckit manual"
.SH NAME
${name} \\- ${escaped(summary)}
${sections.join('')}`;

const section = (heading: string, lines: readonly string[]): string => `.SH ${heading}\n${lines.join('\n')}\n`;

function synopsis({ path, args }: OutlinedCommand): string {
  const given = args.map(({ name, isOptional, isMany }) => {
    const shown = `${italic(name.toUpperCase())}${isMany ? ' ...' : ''}`;
    return isOptional ? `[${shown}]` : shown;
  });
  return [bold(['kexeckit', ...path].join(' ')), ...given, `[${italic('OPTION')} ...]`].join(' ');
}

const verbSection = ({ path, summary, args, options }: OutlinedCommand): string =>
  section(path.join(' ').toUpperCase(), [
    escaped(sentence(summary)),
    ...args.flatMap(({ name, summary: what }) => term([italic(name.toUpperCase()), escaped(what)])),
    ...options.flatMap(optionTerm),
  ]);

const optionsSection = ({ summary, args, options }: OutlinedCommand): string =>
  section('DESCRIPTION', [
    escaped(sentence(summary)),
    ...args.flatMap(({ name, summary: what }) => term([italic(name.toUpperCase()), escaped(what)])),
  ]) +
  section(
    'OPTIONS',
    [...new Set(options.map(({ heading }) => heading))].flatMap((heading) => [
      `.SS ${escaped(heading.replace(/:$/, ''))}`,
      ...options.filter((option) => option.heading === heading).flatMap(optionTerm),
    ]),
  );

const optionTerm = ({ name, value, summary }: OutlinedOption): string[] =>
  term([`${bold(name)}${value === undefined ? '' : ` ${italic(value.replaceAll(/[<>]/g, ''))}`}`, escaped(summary)]);

const listSection = ({ heading, rows }: HelpList): string =>
  section(
    heading.replace(/:$/, '').toUpperCase(),
    rows.flatMap(([name, summary]) => term([bold(name), escaped(summary)])),
  );

const exampleLines = ({ line, does }: Example): string[] => [
  '.TP',
  `${escaped(capitalised(does))}:`,
  '.EX',
  escaped(line),
  '.EE',
];

const term = ([name, text]: readonly [name: string, text: string]): string[] => ['.TP', name, text];

const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;
const italic = (text: string): string => `\\fI${escaped(text)}\\fR`;

/** What has a meaning for roff has none: backslashes, dashes that would become hyphens, a point or quote that begins a line. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replace(/^(?=[.'])/, '\\&');

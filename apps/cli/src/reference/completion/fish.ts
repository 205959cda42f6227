import {
  type OutlinedCommand,
  type OutlinedOption,
  type OutlinedWord,
  type Takes,
  takenByArgument,
} from '../outline.ts';

/** Completion for fish. */
export function fishCompletion(words: readonly OutlinedWord[]): string {
  return `# fish completion for kexeckit; load it: kexeckit completion fish | source

# Whether the command line begins with these words.
function __kexeckit_at
    set -l tokens (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $tokens) -ge $last; and test "$tokens[2..$last]" = "$argv"
end

# Whether nothing stands behind these words.
function __kexeckit_behind
    set -l tokens (commandline -opc)
    test (count $tokens) -eq (math (count $argv) + 1); and test "$tokens[2..]" = "$argv"
end

complete -c kexeckit -f
complete -c kexeckit -n __kexeckit_behind -l help -d 'show the help'
complete -c kexeckit -n __kexeckit_behind -l version -d 'print the version'
complete -c kexeckit -n __kexeckit_behind -a help -d 'show the help of a command'
${words.map(wordLines).join('')}`;
}

function wordLines({ name, summary, isFamily, commands }: OutlinedWord): string {
  const verbs = isFamily
    ? commands.map(({ path, summary: does }) =>
        complete(`__kexeckit_behind ${name}`, `-a ${path[1]} -d ${fished(does)}`),
      )
    : [];
  return [
    complete('__kexeckit_behind', `-a ${name} -d ${fished(summary)}`),
    complete('__kexeckit_behind help', `-a ${name} -d ${fished(summary)}`),
    ...verbs,
    ...commands.flatMap(commandLines),
  ].join('');
}

function commandLines({ path, options, args }: OutlinedCommand): string[] {
  const here = `__kexeckit_at ${path.join(' ')}`;
  const [first] = args;
  return [
    ...options.map((option) => complete(here, optionText(option))),
    ...(first === undefined ? [] : [complete(here, valueText(takenByArgument(first)))]),
  ];
}

const complete = (when: string, what: string): string => `complete -c kexeckit -n '${when}' ${what}\n`;

const optionText = ({ name, takes, summary }: OutlinedOption): string =>
  `-l ${name.slice(2)}${takes.kind === 'nothing' ? '' : ` -r ${valueText(takes)}`} -d ${fished(summary)}`;

function valueText(takes: Takes): string {
  switch (takes.kind) {
    case 'words':
      return `-f -a ${fished(takes.words.join(' '))}`;
    case 'file':
      return '-F';
    case 'folder':
      return "-f -a '(__fish_complete_directories)'";
    case 'text':
    case 'nothing':
      return '-f';
  }
}

/** A text as one word of fish. */
const fished = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;

import { quoted } from '../../quoted.ts';
import {
  type OutlinedCommand,
  type OutlinedOption,
  type OutlinedWord,
  type Takes,
  takenByArgument,
} from '../outline.ts';

/** Completion for zsh: as a file `_kexeckit` in a folder of `fpath`, or sourced. */
export function zshCompletion(words: readonly OutlinedWord[]): string {
  const commands = words.flatMap((word) => word.commands);
  return `#compdef kexeckit
# zsh completion for kexeckit; load it: source <(kexeckit completion zsh)

_kexeckit() {
  local -a found
  if (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then
      found=('--help:show the help' '--version:print the version')
    else
      found=(
${described(words.map(({ name, summary }) => ({ name, summary })))}
        'help:show the help of a command'
      )
    fi
    _describe command found
    return
  fi
  local place=$words[2]
  case $place in
${words.map(verbsCase).join('')}  esac
  # What is looked at begins with the last word of the command.
  local -a names=(\${=place})
  (( CURRENT -= $#names ))
  shift $#names words
  case $place in
${commands.map(argumentsCase).join('\n')}
    help)
      found=(${words.map(({ name }) => quoted(name)).join(' ')})
      _describe command found ;;
  esac
}

if [[ $funcstack[1] == _kexeckit ]]; then _kexeckit "$@"; else compdef _kexeckit kexeckit; fi
`;
}

const described = (rows: readonly { readonly name: string; readonly summary: string }[]): string =>
  rows.map(({ name, summary }) => `        ${quoted(`${name}:${summary}`)}`).join('\n');

function verbsCase({ name, isFamily, commands }: OutlinedWord): string {
  if (!isFamily) return '';
  const verbs = commands.map(({ path, summary }) => ({ name: path[1] ?? '', summary }));
  return `    ${name})
      if (( CURRENT == 3 )); then
        found=(
${described(verbs)}
        )
        _describe verb found
        return
      fi
      place="$place $words[3]" ;;
`;
}

function argumentsCase({ path, options, args }: OutlinedCommand): string {
  const specs = [
    ...options.map(optionSpec),
    ...args.map((arg, at) => `${arg.isMany ? '*' : `${at + 1}`}:${plain(arg.summary)}:${action(takenByArgument(arg))}`),
  ];
  return `    ${quoted(path.join(' '))})
      _arguments \\
${specs.map((spec) => `        ${quoted(spec)}`).join(' \\\n')} ;;`;
}

function optionSpec({ name, takes, summary, value }: OutlinedOption): string {
  const text = `[${plain(summary)}]`;
  return takes.kind === 'nothing'
    ? `${name}${text}`
    : `${name}=${text}:${plain(value?.replaceAll(/[<>]/g, '') ?? '')}:${action(takes)}`;
}

function action(takes: Takes): string {
  switch (takes.kind) {
    case 'words':
      return `(${takes.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'text':
    case 'nothing':
      return ' ';
  }
}

/** What would end a part of a specification. */
const plain = (text: string): string => text.replaceAll(/[\\[\]:]/g, '\\$&');

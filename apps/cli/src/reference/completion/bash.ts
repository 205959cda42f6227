import { quoted } from '../../quoted.ts';
import { type OutlinedCommand, type OutlinedWord, type Takes, takenByArgument } from '../outline.ts';

/** Completion for bash 4 and newer, without the package bash-completion. */
export function bashCompletion(words: readonly OutlinedWord[]): string {
  const commands = words.flatMap((word) => word.commands);
  return `# bash completion for kexeckit; load it: source <(kexeckit completion bash)

_kexeckit_words() {
  case $1 in
    '') echo ${quoted(wordsBehind(words).join(' '))} ;;
${words.map(({ name, isFamily, commands: verbs }) => (isFamily ? `    ${name}) echo ${quoted(verbs.map(({ path }) => path[1]).join(' '))} ;;\n` : '')).join('')}  esac
}

_kexeckit_options() {
  case $1 in
${commands.map(({ path, options }) => `    ${quoted(path.join(' '))}) echo ${quoted(options.map(({ name }) => name).join(' '))} ;;`).join('\n')}
    '') echo '--help --version' ;;
  esac
}

# What stands behind an option or for an argument (ARG): words, or :file, :folder, :text, :nothing.
_kexeckit_values() {
  case $1 in
${valueCases(commands)}
    'help ARG') _kexeckit_words '' ;;
    *) echo ':nothing' ;;
  esac
}

_kexeckit() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path='' found
  # "=" is a word of its own for bash.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $before == '=' ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if (( COMP_CWORD > 1 )); then
    path=\${COMP_WORDS[1]}
    found=$(_kexeckit_words "$path")
    if [[ -n $found ]]; then
      if (( COMP_CWORD == 2 )); then COMPREPLY=($(compgen -W "$found" -- "$cur")); return; fi
      path="$path \${COMP_WORDS[2]}"
    fi
  fi
  local values=':nothing'
  if [[ $before == --* ]]; then values=$(_kexeckit_values "$path $before"); fi
  if [[ $values == ':nothing' ]]; then
    if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$(_kexeckit_options "$path")" -- "$cur")); return; fi
    if [[ -z $path ]]; then values=$(_kexeckit_words ''); else values=$(_kexeckit_values "$path ARG"); fi
  fi
  case $values in
    :file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    :folder) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    :*) COMPREPLY=() ;;
    *) COMPREPLY=($(compgen -W "$values" -- "$cur")) ;;
  esac
}
complete -F _kexeckit kexeckit
`;
}

const wordsBehind = (words: readonly OutlinedWord[]): string[] => [...words.map(({ name }) => name), 'help'];

/** One case for each answer, with everything that it is the answer for. */
function valueCases(commands: readonly OutlinedCommand[]): string {
  const places = new Map<string, string[]>();
  const add = (place: string, takes: Takes): void => {
    if (takes.kind === 'nothing') return;
    const answer = takes.kind === 'words' ? takes.words.join(' ') : `:${takes.kind}`;
    places.set(answer, [...(places.get(answer) ?? []), quoted(place)]);
  };
  for (const { path, options, args } of commands) {
    for (const { name, takes } of options) add(`${path.join(' ')} ${name}`, takes);
    const [first] = args;
    if (first !== undefined) add(`${path.join(' ')} ARG`, takenByArgument(first));
  }
  return [...places].map(([answer, names]) => `    ${names.join('|')}) echo ${quoted(answer)} ;;`).join('\n');
}

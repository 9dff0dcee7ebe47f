/**
 * Shell completion made from the command tables: commands, their options, values of options that are few, chisels after
 * -c, field names in filters. The scripts ask no program while completing, so they work without a running waspglass.
 */
import { chisels } from '@waspglass/chisels';
import { authFields, eventFields } from '@waspglass/fields';
import type { Command, CommandOption } from './command.ts';

export type Shell = 'bash' | 'zsh';

/** A command with what stands in the overview. */
export interface Described {
  readonly name: string;
  readonly summary: string;
  readonly command: Command;
}

/** `-n, --numevents N` taken apart. */
export function namesOf({ flags }: CommandOption): { names: string[]; value: string | undefined } {
  const [, list = flags, value] = /^(-{1,2}[\w-]+(?:, -{1,2}[\w-]+)*)(?: (.+))?$/.exec(flags) ?? [];
  return { names: list.split(', '), value };
}

export function completionScript(shell: Shell, commands: readonly Described[]): string {
  return shell === 'bash' ? bash(commands) : zsh(commands);
}

const fieldNames = [...new Set([...Object.keys(eventFields), ...Object.keys(authFields)])].toSorted();
const chiselNames = chisels.map(({ name }) => name);
/** Commands whose plain words are filters. */
const FILTERS = new Set(['read']);

function bash(commands: readonly Described[]): string {
  const cases = commands.map(({ name, command }) => {
    const options = command.options.flatMap((option) => namesOf(option).names);
    const words = name === 'completion' ? " words='bash zsh'" : '';
    return `    ${name}) options='${options.join(' ')}'${words} ;;`;
  });
  const values = commands.flatMap(({ name, command }) =>
    command.options.flatMap((option) => {
      const words = valuesOf(option);
      return words.length === 0
        ? []
        : namesOf(option).names.map((o) => `    '${name} ${o}') words='${words.join(' ')}' ;;`);
    }),
  );
  return `# Completion of waspglass for bash. Load it with: source <(waspglass completion bash)
_waspglass() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  local options='' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help' -- "$word"))
    return
  fi
  case "$command" in
${cases.join('\n')}
    help) words='${commands.map(({ name }) => name).join(' ')}' ;;
  esac
  case "$command $before" in
${values.join('\n')}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options --help" -- "$word")) ;;
    *)
      COMPREPLY=($(compgen -f -- "$word"))
      case "$command" in
        ${[...FILTERS].join('|')}) COMPREPLY+=($(compgen -W '${fieldNames.join(' ')}' -- "$word")) ;;
      esac
      ;;
  esac
}
complete -o filenames -o bashdefault -F _waspglass waspglass
`;
}

function zsh(commands: readonly Described[]): string {
  const list = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = commands.map(({ name, command }) => {
    const specs = command.options.flatMap((option) => zshSpecs(option));
    const rest =
      name === 'completion'
        ? "'1:shell:(bash zsh)'"
        : FILTERS.has(name)
          ? "'*:file or filter:_waspglass_words'"
          : "'*:file:_files'";
    return `    ${name})\n      _arguments ${[...specs, rest].join(' \\\n        ')}\n      ;;`;
  });
  return `#compdef waspglass
# Completion of waspglass for zsh. Put it as _waspglass into a folder of $fpath, or: source <(waspglass completion zsh)
_waspglass_words() {
  _files
  compadd -- ${fieldNames.join(' ')}
}
_waspglass() {
  local -a commands
  commands=(
${list.join('\n')}
    'help:show options and examples of a command'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
    help) _arguments '1:command:(${commands.map(({ name }) => name).join(' ')})' ;;
  esac
}
if [ "$funcstack[1]" = _waspglass ]; then _waspglass "$@"; else compdef _waspglass waspglass; fi
`;
}

function zshSpecs(option: CommandOption): string[] {
  const { names, value } = namesOf(option);
  const doc = quoted(option.doc);
  const words = valuesOf(option);
  const action = words.length > 0 ? `(${words.join(' ')})` : /FILE|OUT|RULES|DIR/.test(value ?? '') ? '_files' : ' ';
  const tail = value === undefined ? '' : `:${quoted(value)}:${action}`;
  const others = names.length > 1 ? `(${names.join(' ')})` : '';
  return names.map((name) => `'${others}${name}[${doc}]${tail}'`);
}

function valuesOf(option: CommandOption): readonly string[] {
  const value = namesOf(option).value ?? '';
  if (value.startsWith('CHISEL')) return chiselNames;
  return option.choices ?? (/^\w+(\|\w+)+$/.test(value) ? value.split('|') : []);
}

/** Text inside single quotes and brackets of zsh. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''").replace(/[[\]:\\]/g, '\\$&');
}

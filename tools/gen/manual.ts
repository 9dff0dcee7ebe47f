/** Makes the manual page docs/man/waspglass.1 from the tables of commands, chisels and fields. */
import type { Command } from '../../apps/cli/src/command.ts';
import { allCommands } from '../../apps/cli/src/commands.ts';
import { chisels } from '../../packages/chisels/src/index.ts';
import { authFields, eventFields } from '../../packages/fields/src/index.ts';
import type { Generator } from '../gen.ts';

export const manual: Generator = {
  output: 'docs/man/waspglass.1',
  async make() {
    return [
      '.\\" Made by npm run gen from the tables of the commands; do not edit.',
      '.TH WASPGLASS 1 "" "Waspglass" "User Commands"',
      '.SH NAME',
      'waspglass \\- high\\-interaction Linux honeypot: record, read and judge what intruders do',
      '.SH SYNOPSIS',
      '.B waspglass',
      '.I COMMAND',
      '.RI [ ARGUMENTS ]',
      '.SH DESCRIPTION',
      'Waspglass gives attackers a real machine, records every system call that they cause, judges it by rules while it',
      'happens and shows one story per attacker. Its commands read and analyse captures of sysdig, Falco and Stratoshark,',
      'too.',
      '.SH COMMANDS',
      ...(await allCommands()).flatMap(({ command }) => commandLines(command)),
      '.SH CHISELS',
      'Analyses for',
      '.BR "waspglass read \\-c" .',
      ...chisels.flatMap(chiselLines),
      '.SH FIELDS',
      'What filters compare and formats print. A field with [n] takes an argument.',
      '.SS Events (source syscall)',
      ...Object.entries(eventFields).flatMap(fieldLines),
      '.SS Log-ins (source auth)',
      ...Object.entries(authFields).flatMap(fieldLines),
      '.SH EXIT STATUS',
      ...exitCodes,
      '.SH FILES',
      '.TP',
      '.I /etc/waspglass/waspglass.yaml',
      'Configuration;',
      '.B waspglass config sample',
      'prints one with all defaults.',
      '',
    ].join('\n');
  },
};

const exitCodes = [
  ...['.TP', '.B 0', 'The work is done.'],
  ...['.TP', '.B 1', 'The work failed; standard error says why.'],
  ...['.TP', '.B 2', 'Wrong use; standard error says what was expected.'],
];

function commandLines({ name, usage, summary, options, examples }: Command): string[] {
  return [
    `.SS "waspglass ${quoted(`${name} ${usage}`.trimEnd())}"`,
    escaped(summary),
    ...options.flatMap(({ flags, doc }) => ['.TP', `.B ${escaped(flags)}`, escaped(sentence(doc))]),
    ...(examples.length > 0 ? ['.PP', 'Examples:'] : []),
    ...examples.flatMap(([line, does]) => ['.TP', `.B ${escaped(line)}`, escaped(sentence(does))]),
  ];
}

function chiselLines({ name, category, summary, args }: (typeof chisels)[number]): string[] {
  const shown = args.map((arg) => (arg.required === true ? arg.name : `[${arg.name}]`)).join(' ');
  return [
    '.TP',
    `.B ${escaped(`${name} ${shown}`.trimEnd())}`,
    escaped(`${sentence(summary)} (${category})`),
    ...args.flatMap((arg) => ['.br', escaped(`${arg.name}: ${sentence(arg.doc)}`)]),
  ];
}

function fieldLines([name, { type, doc, arg = 'none' }]: [
  string,
  { type: string; doc: string; arg?: string },
]): string[] {
  const shown = arg === 'none' ? name : arg === 'required' ? `${name}[…]` : `${name}[n]`;
  return ['.TP', `.B ${escaped(shown)}`, escaped(`${doc} (${type})`)];
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** Text of roff: no requests, no escapes. */
function escaped(text: string): string {
  const safe = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...').replaceAll('`', '\\(ga');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

function quoted(text: string): string {
  return escaped(text).replaceAll('"', '""');
}

/** The help text of a command, made from its row. */
import type { Command } from './command.ts';

export function usageOf(command: Command): string {
  const lines = [`Usage: waspglass ${command.name} ${command.usage}`.trimEnd(), '', `${command.summary}`, ''];
  if (command.options.length > 0) {
    const width = Math.max(...command.options.map((o) => o.flags.length));
    lines.push('Options:', ...command.options.map((o) => `  ${o.flags.padEnd(width)}  ${o.doc}`), '');
  }
  if (command.examples.length > 0) {
    lines.push('Examples:');
    for (const [line, does] of command.examples) lines.push(`  ${line}`, `      ${does}`);
    lines.push('');
  }
  return lines.join('\n');
}

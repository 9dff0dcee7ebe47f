/** docs/rules.md from our own rule files: what each rule is about and why it matters here. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRules, type Rule } from '@waspglass/rules';
import type { Generator } from '../gen.ts';

const folder = fileURLToPath(new URL('../../rules', import.meta.url));
const TECHNIQUE = /^(?:T\d{4}(?:\.\d{3})?|TA\d{4})$/;

export const rules: Generator = {
  output: 'docs/rules.md',
  make: async () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    const files = names.sort().map((file) => ({ file, text: readFileSync(path.join(folder, file), 'utf8') }));
    const all = loadRules(files).rules;
    const sections = files.map(({ file, text }) => section(file, text, all)).filter((lines) => lines !== '');
    return `# The honeypot's rules

Generated from \`rules/*.yaml\`; \`npm run gen\` writes it. ${all.length} rules in Falco's syntax. Nobody has business on a honeypot, so
they judge what an ordinary rule set must tolerate; what is left out is the machine's own life. Nothing below Warning is
more than a mark in the story of a session. \`waspglass detect -L\` prints their conditions, \`waspglass detect FILE --explain
RULE\` which parts of one hold for an event. The options \`rules.*\` (docs/configuration.md) choose among them, and rule files of
your own may replace, append to or override them by name.

Rules are of three sources: \`syscall\` judges events, \`auth\` log-ins (one record per attempt, with what its address has done
before), \`capture\` the rate at which the capture grows.

| priority | rules |
|---|---|
${counts(all)}

${sections.join('\n\n')}
`;
  },
};

function counts(all: readonly Rule[]): string {
  const of = new Map<string, number>();
  for (const { priority } of all) of.set(priority, (of.get(priority) ?? 0) + 1);
  return ['Critical', 'Error', 'Warning', 'Notice'].map((name) => `| ${name} | ${of.get(name) ?? 0} |`).join('\n');
}

function section(file: string, text: string, all: readonly Rule[]): string {
  const rows = all.filter((rule) => rule.at.file === file).map(row);
  if (rows.length === 0) return '';
  const title = file.replace(/^\d+-(.*)\.yaml$/, '$1');
  const about = /^(?:# .*\n)+/.exec(text)?.[0].replaceAll(/^# /gm, '').trim() ?? '';
  return `## ${title}\n\n${about}\n\n| rule | priority | techniques | why |\n|---|---|---|---|\n${rows.join('\n')}`;
}

function row({ name, priority, tags, desc, source }: Rule): string {
  const techniques = tags.filter((tag) => TECHNIQUE.test(tag)).map(link);
  const cells = [source === 'syscall' ? name : `${name} (${source})`, priority, techniques.join(', '), desc];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim()).join(' | ')} |`;
}

function link(technique: string): string {
  const kind = technique.startsWith('TA') ? 'tactics' : 'techniques';
  return `[${technique}](https://attack.mitre.org/${kind}/${technique.replace('.', '/')}/)`;
}

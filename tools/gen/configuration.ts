/** docs/configuration.md from the option table. */
import { stringify } from 'yaml';
import { options } from '../../apps/cli/src/config/options.ts';
import type { Generator } from '../gen.ts';

export const configuration: Generator = {
  output: 'docs/configuration.md',
  make: async () => {
    const rows = Object.entries(options).map(([name, { kind, default: value, doc }]) => {
      const shown = stringify(value, { collectionStyle: 'flow' }).trim();
      return `| \`${name}\` | ${cell(doc)} | ${cell(kind.expected)} | \`${cell(shown)}\` |`;
    });
    return `# Configuration

Generated from \`apps/cli/src/config/options.ts\`; \`npm run gen\` writes it.

One YAML file, \`/etc/waspglass/waspglass.yaml\` or the one that \`--config\` names. A dot in an option is a level in the file:
\`victim.ssh_port\` is \`ssh_port\` below \`victim\`. An unknown option or a wrong value is an error that names the line and what
was expected. \`waspglass config sample\` prints a file with everything in it, \`waspglass config check FILE\` checks one.

| option | what it does | takes | default |
|---|---|---|---|
${rows.join('\n')}
`;
  },
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

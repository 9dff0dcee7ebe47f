/** docs/errors.md from the error tables of all packages. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Generator } from '../gen.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const errors: Generator = {
  output: 'docs/errors.md',
  make: async () => {
    const sections: string[] = [];
    const files = globSync('{packages/*/src/errors.ts,apps/*/src/**/errors.ts}', { cwd: root }).sort();
    for (const file of files) {
      const rows = await tableOf(file);
      if (rows.length > 0) sections.push(section(file, rows));
    }
    return `# Errors

Generated from the \`errors.ts\` tables; \`npm run gen\` writes it. A message reads \`CODE: place: text\`, where the place is a file
with line and column, a file with an offset, or the path of an option. \`{…}\` stands for what was found or expected.

${sections.join('\n\n')}
`;
  },
};

async function tableOf(file: string): Promise<[code: string, text: string][]> {
  const module: Record<string, unknown> = await import(pathToFileURL(path.join(root, file)).href);
  return Object.values(module)
    .filter((value): value is Record<string, string> => typeof value === 'object' && value !== null)
    .flatMap((table) => Object.entries(table))
    .filter(([code]) => code.startsWith('WG_'));
}

function section(file: string, rows: readonly (readonly [string, string])[]): string {
  const [, name = ''] = file.split(path.sep);
  const lines = rows.map(([code, text]) => `| \`${code}\` | ${text.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`);
  return `## ${name}${file.split(path.sep).length > 4 ? ` (${path.basename(path.dirname(file))})` : ''}\n\n| code | text |\n|---|---|\n${lines.join('\n')}`;
}

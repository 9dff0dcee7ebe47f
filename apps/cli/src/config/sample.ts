/** A configuration file with every option commented out at its default, made from the option table. */
import { stringify } from 'yaml';
import { options } from './options.ts';

export function sampleConfig(): string {
  const lines = ['# Waspglass configuration. Every option is shown with its default; remove the # to change it.', ''];
  let section = '';
  for (const [name, option] of Object.entries(options)) {
    const [head, tail] = name.includes('.') ? (name.split('.') as [string, string]) : ['', name];
    if (head !== section) {
      section = head;
      lines.push('', `# ${head}:`);
    }
    const indent = head === '' ? '' : '  ';
    lines.push(`# ${indent}# ${option.doc} Takes ${option.kind.expected}.`);
    const value = stringify({ [tail]: option.default })
      .trimEnd()
      .split('\n');
    lines.push(...value.map((line) => `# ${indent}${line}`));
  }
  return `${lines.join('\n')}\n`;
}

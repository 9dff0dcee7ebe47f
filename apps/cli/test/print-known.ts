/** Cases of the print suite that stay different from sysdig, with the reason; docs/differences.md tells users the same. */
import type { PrintResult } from './print-suite.ts';

interface Known {
  readonly reason: string;
  /** In the words of the command line behind the file. */
  readonly args?: RegExp;
  readonly capture?: RegExp;
  readonly tool?: PrintResult['test']['tool'];
  /** What sysdig wrote to standard error. */
  readonly stderr?: RegExp;
  readonly explains?: (result: PrintResult) => boolean;
}

export const known: readonly Known[] = [
  { reason: 'the name of no event is accepted and never matches', stderr: /unknown event type/ },
  {
    reason: 'sysdig fails on events of this kind; the field simply has no value',
    stderr: /^(Called get_|wrong event type)/,
  },
  {
    reason: 'transformers and newer operators work with both renderings',
    tool: 'sysdig-0.29.3',
    stderr: /^filter error/,
  },
  { reason: 'container.* needs no plugin', stderr: /unknown field 'container/ },
  { reason: 'sysdig shows what the buffer before left behind where an event has no data', args: /%evt\.buffer/ },
  { reason: 'the summary names calls that have no event type of their own', args: /^-S$/ },
  { reason: 'the time since entering a call is known from the enter event; 0.41.4 has dropped it', args: /^-t d / },
  { reason: 'a container that was there before has no time, so times start at the first event', args: /evt\.reltime/ },
  { reason: 'flags are printed as numbers of base ten, as in evt.args', args: /evt\.rawarg\.flags/ },
  { reason: 'line feeds in the environment are escaped', args: /%proc\.env/ },
  { reason: 'what is no file has no directory', args: /^fd\.containerdirectory exists$/ },
  { reason: 'a socket without a role is no server, nor is the client of a datagram', args: /^fd\.is_server=true$/ },
  { reason: 'the bytes that the capture holds are counted, not those that the call moved', args: /evt\.buflen/ },
  { reason: 'a connection has its ends from its connect on', args: /^fd\.net=127/ },
  { reason: 'a connection has its ends from its connect on', args: /^-p %fd\.cip:/, capture: /sf-setns/ },
  { reason: 'line feeds in names and JSON are escaped', explains: onlyEscapes },
  { reason: 'values of fields; npm run conformance compares them one by one', explains: onlyValues },
];

/** Lines are the same once the escapes that waspglass writes are taken out. */
function onlyEscapes({ expected, found }: PrintResult): boolean {
  return found.length > 0 && unescaped(found).startsWith(unescaped(expected));
}

function unescaped(lines: readonly string[]): string {
  const text = lines.join('\n').replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\\\', '\\');
  return text.replace(/\n+/g, '\n').replace(/ +$/gm, '').trimEnd();
}

/** The same events in the same order, or nearly so: what differs is in the lines. */
function onlyValues({ expected, found, equalLines }: PrintResult): boolean {
  if (expected.length === found.length) return equalLines >= expected.length * 0.5;
  const seen = new Set(found);
  return expected.filter((line) => seen.has(line)).length >= expected.length * 0.9;
}

export function reasonFor(result: PrintResult): string | undefined {
  const { args, capture, tool, stderr } = result.test;
  const words = args.slice(2).join(' ');
  return known.find(
    (row) =>
      (row.args?.test(words) ?? true) &&
      (row.capture?.test(capture) ?? true) &&
      (row.tool ?? tool) === tool &&
      (row.stderr?.test(stderr) ?? true) &&
      (row.explains?.(result) ?? true),
  )?.reason;
}

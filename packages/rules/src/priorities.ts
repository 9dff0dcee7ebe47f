/** Falco's priorities, most severe first: the index is the severity number of syslog. */

export const priorities = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;

export type Priority = (typeof priorities)[number];

/** The priority of that name, in any case; `INFO` is short for `INFORMATIONAL`. */
export function parsePriority(text: string): Priority | undefined {
  const wanted = text.toLowerCase();
  return priorities.find((name) => name.toLowerCase() === wanted || (wanted === 'info' && name === 'Informational'));
}

export function severityOf(priority: Priority): number {
  return priorities.indexOf(priority);
}

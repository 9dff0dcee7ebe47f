/** Names of recorded files: `<prefix>.<UTC yyyymmdd-hhmmss>.<seq, 6 digits or more>.scap.gz`, of packets `.pcapng.gz`. */
export type RecordedForm = 'scap' | 'pcapng';

export function captureName(prefix: string, time: Date, seq: number, form: RecordedForm = 'scap'): string {
  const [date = '', clock = ''] = time.toISOString().split('T');
  const stamp = `${date.replaceAll('-', '')}-${clock.slice(0, 8).replaceAll(':', '')}`;
  return `${prefix}.${stamp}.${String(seq).padStart(6, '0')}.${form}.gz`;
}

const NAME = /^(.+)\.\d{8}-\d{6}\.(\d{1,15})\.(scap|pcapng)\.gz$/;

/** Sequence number of a recorded file's name, or undefined when it isn't one. */
export function captureSeq(prefix: string, name: string): number | undefined {
  const match = NAME.exec(name);
  return match === null || match[1] !== prefix ? undefined : Number(match[2]);
}

/** What a recorded file's name begins with, or undefined when it isn't one. */
export function capturePrefix(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/** Highest sequence number among names; 0 when there is none. */
export function highestSeq(prefix: string, names: Iterable<string>): number {
  let highest = 0;
  for (const name of names) highest = Math.max(highest, captureSeq(prefix, name) ?? 0);
  return highest;
}

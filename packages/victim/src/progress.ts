/** Turns debootstrap's lines into a share of the work. The number of packages is known once all are retrieved. */

export interface BuildProgress {
  /** What is being done, for people. */
  readonly text: string;
  /** 0 to 100, never falling. */
  readonly percent: number;
}

/** Verb → where its stage begins and ends, in percent of the time that a build takes. */
const STAGES: Readonly<Record<string, readonly [number, number]>> = {
  Retrieving: [0, 25],
  Validating: [0, 25],
  Extracting: [25, 40],
  Unpacking: [40, 65],
  Configuring: [65, 98],
};
const USUAL_PACKAGES = 165;

/** Gives a function that takes debootstrap's lines one by one. */
export function progressReader(report: (progress: BuildProgress) => void): (line: string) => void {
  const seen = new Map<string, number>();
  let percent = 0;
  return (line) => {
    const match = /^I: (\w+) ([\w.+-]{1,80})/.exec(line);
    const [, verb = '', what = ''] = match ?? [];
    const stage = STAGES[verb];
    if (stage === undefined) return;
    const count = (seen.get(verb) ?? 0) + 1;
    seen.set(verb, count);
    const total = verb === 'Retrieving' || verb === 'Validating' ? USUAL_PACKAGES : (seen.get('Retrieving') ?? 1);
    const share = Math.min(1, count / total);
    percent = Math.max(percent, Math.round(stage[0] + share * (stage[1] - stage[0])));
    report({ text: `${verb} ${what}`, percent });
  };
}

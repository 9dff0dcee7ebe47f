/** What became of one case of a suite. */
export interface Outcome {
  readonly suite: string;
  readonly id: string;
  /** `explained`: the difference is on purpose and argued in docs/differences.md. */
  readonly state: 'agree' | 'explained' | 'differ' | 'unavailable';
  /** Why not `agree`. */
  readonly why: string;
}

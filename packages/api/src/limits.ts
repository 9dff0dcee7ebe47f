/** Limits of the HTTP interface: what one answer may hold and what one client may ask. */
export const limits = {
  /** Rows of a list. */
  page: 500,
  pageDefault: 100,
  /** Commands, terminal chunks and other documents of one session. */
  commands: 5000,
  terminal: 20_000,
  /** Terminal data of one session, as base64 text. */
  terminalBytes: 8 * 1024 * 1024,
  sessionOthers: 1000,
  guesses: 2000,
  /** Characters of a search. */
  search: 200,
  /** Steps of a series; longer ranges get wider steps. */
  steps: 1440,
  /** Minutes that a series may span. */
  minutes: 366 * 24 * 60,
  /** Characters of an identifier in a path or of a query value. */
  text: 300,
  /** Streams open at a time. */
  streams: 32,
  /** Documents that a stream catches up; who is further behind is told to load anew. */
  streamBehind: 2000,
} as const;

/** Stands where a password is withheld. */
export const PASSWORD_MASK = '••••••••';

/** Bounds of what is kept and told. Attackers decide how much they do: beyond a bound things are counted, not kept. */
export const limits = {
  /** Processes below sshd that are followed at once. */
  processes: 200_000,
  /** Connections to sshd that are followed at once. */
  connections: 20_000,
  /** Log-in attempts or log records that wait for their other half. */
  waiting: 20_000,
  /** Per connection. */
  attempts: 1_000,
  /** Documents of a kind per session. */
  commands: 20_000,
  files: 20_000,
  sockets: 20_000,
  terminalBytes: 16 * 1024 * 1024,
  /** Characters of a command line, arguments in it, characters of a path. */
  commandLine: 32_768,
  arguments: 1_024,
  path: 4_096,
  /** Addresses in the brute-force window; failures and users remembered of each. */
  addresses: 4_096,
  failures: 2_000,
  users: 500,
} as const;

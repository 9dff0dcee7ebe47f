/** `waspglass login`: a new one-time link to the console. */
import { mintLoginToken } from '@waspglass/collector';
import type { Command } from '../command.ts';
import type { Config } from '../config/options.ts';
import { loadConfig } from '../config/read.ts';
import { fail } from '../errors.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { pathsOf, userStatusFile } from '../up/paths.ts';
import { type CollectorStatus, readStatus } from '../up/status.ts';
import { lookUpUser } from '../up/user.ts';

export const login: Command = {
  name: 'login',
  summary: 'Prints a new link to the console. It works once; an older link stops working.',
  usage: '[--config FILE]',
  options: [CONFIG_OPTION],
  examples: [['sudo waspglass login', 'when the link that `waspglass up` printed has been used']],
  async run(args, io) {
    const { config: file } = parseOptions(args, { config: 'value' });
    await io.out(`${loginLink(loadConfig(file))}\n`);
    return 0;
  },
};

/** Mints a token and makes the link for the running collector. */
export function loginLink(config: Config): string {
  const paths = pathsOf(config);
  const url = readStatus<CollectorStatus>(userStatusFile(paths, 'collect'))?.url;
  if (url === undefined) throw fail('WG_UP_NOT_RUNNING', { directory: paths.run });
  return `${url}/login?token=${mintLoginToken(paths.userRun, lookUpUser(config['console.user']))}`;
}

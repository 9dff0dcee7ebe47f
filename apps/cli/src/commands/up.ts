/** `waspglass up`: the whole honeypot on one machine, in the foreground. */
import { createLogger } from '@waspglass/kit';
import type { Command, Io } from '../command.ts';
import type { Config } from '../config/options.ts';
import { loadConfig } from '../config/read.ts';
import { CONFIG_OPTION, parseOptions } from '../options.ts';
import { Honeypot } from '../up/honeypot.ts';
import { loginLink } from './login.ts';

export const up: Command = {
  name: 'up',
  summary: 'Sets up a victim, contains it, records it, judges it and shows it; keeps everything running until Ctrl-C.',
  usage: '[--config FILE]',
  options: [CONFIG_OPTION],
  examples: [
    ['sudo waspglass up', 'a honeypot with all defaults; the victim answers on port 2222'],
    ['sudo waspglass up --config bee.yaml', 'with your own configuration (waspglass config sample prints one)'],
  ],
  async run(args, io) {
    const { config: file } = parseOptions(args, { config: 'value' });
    const config = loadConfig(file);
    const logger = createLogger({ name: 'up' });
    const honeypot = new Honeypot({ config, logger, onProgress: progressTo(io) });
    await honeypot.up();
    await io.out(welcome(config, honeypot));
    await honeypot.watch(io.signal);
    io.err('waspglass: taking everything down\n');
    await honeypot.down();
    return 0;
  },
};

function welcome(config: Config, honeypot: Honeypot): string {
  const { paths } = honeypot;
  const names = config['victim.accounts'].map((account) => account.name).join(', ');
  return `waspglass: victim ${config['victim.hostname']} is up
  SSH of the victim   ${config['victim.ssh_listen']}:${config['victim.ssh_port']}   accounts ${names}
  captures            ${paths.captures}/image.*.scap.gz   (sysdig, Falco and Stratoshark read them)
  alerts              ${paths.alerts}
  console             ${loginLink(config)}   (works once)
Ctrl-C ends it and takes everything down.
`;
}

/** One line that changes on a terminal; on a file a line per ten per cent. */
function progressTo(io: Io): (progress: { readonly text: string; readonly percent: number }) => void {
  let lastStep = -1;
  return ({ text, percent }) => {
    if (io.errIsTerminal) {
      io.err(`\r\x1b[K  victim's file system ${String(Math.round(percent)).padStart(3)} %  ${text.slice(0, 60)}`);
      if (percent >= 100) io.err('\n');
      return;
    }
    const step = Math.floor(percent / 10);
    if (step !== lastStep) io.err(`waspglass: victim's file system ${Math.round(percent)} % ${text.slice(0, 100)}\n`);
    lastStep = step;
  };
}

/** `waspglass config check [FILE]` and `waspglass config sample`. */
import { type Command, UsageError } from '../command.ts';
import { checkConfig, DEFAULT_CONFIG_FILE } from '../config/read.ts';
import { sampleConfig } from '../config/sample.ts';

export const config: Command = {
  name: 'config',
  summary: 'Checks a configuration file, or prints one with every option, its default and what it does.',
  usage: 'check [FILE] | sample',
  options: [],
  examples: [
    ['waspglass config check', `checks ${DEFAULT_CONFIG_FILE}`],
    ['waspglass config sample > waspglass.yaml', 'a file to start from'],
  ],
  async run([what, file, ...rest], io) {
    if (rest.length > 0) throw new UsageError(`unexpected "${rest[0]}"`);
    if (what === 'sample' && file === undefined) {
      await io.out(sampleConfig());
      return 0;
    }
    if (what !== 'check') throw new UsageError('expected "check [FILE]" or "sample"');
    const { errors } = checkConfig(file);
    for (const error of errors) io.err(`waspglass: ${error.message}\n`);
    if (errors.length === 0) await io.out(`${file ?? DEFAULT_CONFIG_FILE}: no errors\n`);
    return errors.length === 0 ? 0 : 1;
  },
};

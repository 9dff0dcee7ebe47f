/** `waspglass completion`: scripts that complete commands, options, chisels and fields in a shell. */
import { type Command, UsageError } from '../command.ts';
import { completionScript, type Described } from '../completion.ts';

/** `all` gives the command table, which holds this command too. */
export const completion = (all: () => Promise<readonly Described[]>): Command => ({
  name: 'completion',
  summary: 'Prints a script that completes commands, options, chisels and fields in bash or zsh.',
  usage: 'bash|zsh',
  options: [],
  examples: [
    ['source <(waspglass completion bash)', 'completion in this shell'],
    ['waspglass completion bash > /etc/bash_completion.d/waspglass', 'completion for all users'],
    ['waspglass completion zsh > ~/.zfunc/_waspglass', 'completion in zsh, when ~/.zfunc is in fpath'],
  ],
  async run(args, io) {
    const [shell, ...rest] = args;
    if ((shell !== 'bash' && shell !== 'zsh') || rest.length > 0) throw new UsageError('expected bash or zsh');
    await io.out(completionScript(shell, await all()));
    return 0;
  },
});

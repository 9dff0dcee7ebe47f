/** `waspglass completion`: scripts that complete commands, options, chisels and fields in a shell. */
import { type Command, UsageError } from '../command.ts';
import { allCommands } from '../commands.ts';
import { completionScript } from '../completion.ts';

export const completion: Command = {
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
    await io.out(completionScript(shell, await allCommands()));
    return 0;
  },
};

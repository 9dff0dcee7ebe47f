/** `waspglass read`: what `sysdig -r` does: prints, filters and analyses capture files. */
import { startChisel } from '@waspglass/chisels';
import { Inspector } from '@waspglass/inspect';
import { WaspglassError } from '@waspglass/kit';
import { type Command, type Io, UsageError } from '../command.ts';
import { chiselHost } from '../read/chisel-host.ts';
import { LineOutput } from '../read/line-output.ts';
import { optionRows, type ReadOptions, readOptions } from '../read/options.ts';
import { createPrinter, shownTypes } from '../read/printers.ts';
import { Progress } from '../read/progress.ts';

export const read: Command = {
  name: 'read',
  summary: 'Prints, filters and analyses capture files, as sysdig -r does.',
  usage: 'FILE… [-c CHISEL [ARGS]] [-p FORMAT] [-n N] [-j] [-A|-x|-X|-b] [-q] [-t MODE] [--enter] [FILTER…]',
  options: optionRows,
  examples: [
    ['waspglass read FILE', 'every event, one line each'],
    ['waspglass read FILE -p "%evt.time %proc.cmdline" evt.type=execve', 'the commands that were started'],
    ['waspglass read FILE -c list_login_shells', 'the login shells with their ids'],
    ['waspglass read FILE -c spy_users proc.loginshellid=1743', 'what was typed in one of them'],
    ['waspglass read FILE -A -c echo_fds fd.filename=gcc.sh', 'what was read from and written to a file'],
  ],
  async run(args, io) {
    const options = readOptions(args);
    const out = new LineOutput(io);
    const inspector = new Inspector({ view: { dump: options.dump, time: options.time } });
    const finish = prepare(inspector, options, out, io);
    const progress = new Progress(io);
    try {
      await inspector.readFiles(options.files, {
        limit: options.limit,
        signal: io.signal,
        onProgress: (state) => {
          progress.update(state);
          return out.flush();
        },
      });
    } finally {
      progress.done();
      finish();
      await out.flush();
    }
    return 0;
  },
};

/** Compiles filter, formats and chisels: what is wrong with them is wrong use. Returns what to do at the end. */
function prepare(inspector: Inspector, options: ReadOptions, out: LineOutput, io: Io): () => void {
  try {
    const filter = options.filter === '' ? undefined : inspector.compileFilter(options.filter);
    if (options.chisels.length > 0) {
      const host = chiselHost(inspector, filter);
      const output = { line: (text: string) => out.line(text), colours: io.outIsTerminal };
      const ends = options.chisels.map(({ name, args }) => startChisel(name, host, args, output));
      return () => {
        for (const end of ends) end();
      };
    }
    const onEvent = createPrinter(inspector, options, out);
    if (!options.quiet) inspector.subscribe({ filter, types: shownTypes(options.enter), onEvent });
    return () => undefined;
  } catch (error) {
    if (error instanceof WaspglassError) throw new UsageError(error.message);
    throw error;
  }
}

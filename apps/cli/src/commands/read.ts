/** `waspglass read`: what `sysdig -r` does: prints, filters and analyses capture files. */
import { startChisel } from '@waspglass/chisels';
import { type EventFilter, Inspector } from '@waspglass/inspect';
import { WaspglassError } from '@waspglass/kit';
import { type Command, type Io, UsageError } from '../command.ts';
import { CaptureWriter, stateTypes } from '../read/capture-writer.ts';
import { chiselHost } from '../read/chisel-host.ts';
import { LineOutput } from '../read/line-output.ts';
import { optionRows, type ReadOptions, readOptions } from '../read/options.ts';
import { createPrinter, shownTypes } from '../read/printers.ts';
import { Progress } from '../read/progress.ts';

export const read: Command = {
  name: 'read',
  summary: 'Prints, filters and analyses capture files, as sysdig -r does.',
  usage: 'FILE… [-c CHISEL [ARGS]] [-p FORMAT] [-n N] [-j] [-A|-x|-X|-b] [-q] [-w OUT] [-t MODE] [--enter] [FILTER…]',
  options: optionRows,
  examples: [
    ['waspglass read FILE', 'every event, one line each'],
    ['waspglass read FILE -p "%evt.time %proc.cmdline" evt.type=execve', 'the commands that were started'],
    ['waspglass read FILE -c list_login_shells', 'the login shells with their ids'],
    ['waspglass read FILE -c spy_users proc.loginshellid=1743', 'what was typed in one of them'],
    ['waspglass read FILE -w small.scap.gz fd.sport=22', 'a smaller capture'],
    ['waspglass read FILE -A -c echo_fds fd.filename=gcc.sh', 'what was read from and written to a file'],
  ],
  async run(args, io) {
    const options = readOptions(args);
    const inspector = new Inspector({ enter: options.enter, view: { dump: options.dump, time: options.time } });
    const job = prepare(inspector, options, io);
    const progress = new Progress(io);
    try {
      await inspector.readFiles(options.files, {
        limit: options.limit,
        signal: io.signal,
        onProgress: (state) => {
          progress.update(state);
          return job.flush();
        },
      });
    } finally {
      progress.done();
      await job.close();
    }
    return 0;
  },
};

/** Where the results of a reading go. */
interface Job {
  flush(): Promise<void>;
  /** The input has ended, or is damaged from here on. */
  close(): Promise<void>;
}

/** Compiles filter, format and chisels: what is wrong with them is wrong use. */
function prepare(inspector: Inspector, options: ReadOptions, io: Io): Job {
  try {
    const filter = options.filter === '' ? undefined : inspector.compileFilter(options.filter);
    if (options.output !== undefined) return writeCapture(inspector, options, options.output, filter);
    if (options.chisels.length > 0) return runChisels(inspector, options, io, filter);
    return printEvents(inspector, options, io, filter);
  } catch (error) {
    if (error instanceof WaspglassError) throw new UsageError(error.message);
    throw error;
  }
}

function printEvents(inspector: Inspector, options: ReadOptions, io: Io, filter: EventFilter | undefined): Job {
  const out = new LineOutput(io, () => inspector.stop());
  const onEvent = createPrinter(inspector, options, out);
  if (!options.quiet) inspector.subscribe({ filter, types: shownTypes(options.enter), onEvent });
  return { flush: () => out.flush(), close: () => out.close() };
}

function runChisels(inspector: Inspector, options: ReadOptions, io: Io, filter: EventFilter | undefined): Job {
  const out = new LineOutput(io, () => inspector.stop());
  const host = chiselHost(inspector, filter);
  const output = { line: (text: string) => out.line(text), colours: io.outIsTerminal };
  const ends = options.chisels.map(({ name, args }) => startChisel(name, host, args, output));
  return {
    flush: () => out.flush(),
    close: () => {
      for (const end of ends) end();
      return out.close();
    },
  };
}

function writeCapture(inspector: Inspector, options: ReadOptions, path: string, filter: EventFilter | undefined): Job {
  const writer = new CaptureWriter(path, options.files, inspector);
  const { state } = inspector;
  inspector.subscribe({
    filter,
    onEvent: (c) => {
      if (!state.hidden) writer.add(c);
    },
  });
  inspector.subscribe({
    types: stateTypes,
    onEvent: (c) => {
      if (!state.hidden) writer.addState(c);
    },
  });
  return writer;
}

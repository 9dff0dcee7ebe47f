/** `waspglass read`: what `sysdig -r` does: prints, filters and analyses capture files. */
import { startChisel } from '@waspglass/chisels';
import { type EventFilter, Inspector, type ViewOptions } from '@waspglass/inspect';
import { escapeControl, WaspglassError } from '@waspglass/kit';
import { type Command, type Io, UsageError } from '../command.ts';
import { CaptureWriter, stateTypes } from '../read/capture-writer.ts';
import { chiselHost, type Save } from '../read/chisel-host.ts';
import { LineOutput } from '../read/line-output.ts';
import { optionRows, type ReadOptions, readOptions } from '../read/options.ts';
import { portNames as namesOfPorts } from '../read/port-names.ts';
import { createPrinter, shownTypes } from '../read/printers.ts';
import { Progress } from '../read/progress.ts';
import { Related } from '../read/related.ts';
import { Summary } from '../read/summary.ts';
import { chisels } from './chisels.ts';
import { events } from './events.ts';
import { fields } from './fields.ts';

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
    if (options.listing !== undefined) return listings[options.listing.what].run(options.listing.words, io);
    const inspector = new Inspector({ enter: options.enter, view: viewOf(options) });
    const job = prepare(inspector, { ...options, related: await relatedTo(options, io) }, io);
    const progress = new Progress(io, options.progress);
    const began = performance.now();
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
    if (inspector.events === 0) io.err(`waspglass: no event in ${escapeControl(options.files.join(', '))}\n`);
    if (options.verbose) io.err(speedLine(inspector.events, performance.now() - began));
    return 0;
  },
};

const listings = { fields, events, chisels } as const;

function viewOf({ dump, time, verbose, portNames }: ReadOptions): ViewOptions {
  return { dump, time, verbose, ...(portNames && { portName: namesOfPorts() }) };
}

function speedLine(count: number, ms: number): string {
  const seconds = ms / 1000;
  return `Elapsed time: ${seconds.toFixed(3)}, events: ${count}, ${Math.round(count / seconds)} events/s\n`;
}

/** The options with what a first reading found out. */
interface Prepared extends ReadOptions {
  readonly related: ReadonlySet<number> | undefined;
}

/** Where the results of a reading go. */
interface Job {
  flush(): Promise<void>;
  /** The input has ended, or is damaged from here on. */
  close(): Promise<void>;
}

/** Compiles filter, format and chisels: what is wrong with them is wrong use. */
function prepare(inspector: Inspector, options: Prepared, io: Io): Job {
  return orUsageError(() => {
    const filter = filterOf(inspector, options);
    if (options.output !== undefined) return writeCapture(inspector, options, options.output, filter);
    if (options.chisels.length > 0) return runChisels(inspector, options, io, filter);
    return printEvents(inspector, options, io, filter);
  });
}

function filterOf(inspector: Inspector, { filter }: ReadOptions): EventFilter | undefined {
  return filter === '' ? undefined : inspector.compileFilter(filter);
}

function orUsageError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof WaspglassError) throw new UsageError(error.message);
    throw error;
  }
}

function printEvents(inspector: Inspector, options: ReadOptions, io: Io, filter: EventFilter | undefined): Job {
  const out = new LineOutput(io, () => inspector.stop());
  const onEvent = createPrinter(inspector, options, out);
  if (!options.quiet) inspector.subscribe({ filter, types: shownTypes(options.enter), onEvent });
  const summary = options.summary ? new Summary(inspector.compileFormat('*%evt.dir %evt.type')) : undefined;
  if (summary !== undefined)
    inspector.subscribe({ filter, onEvent: (c) => void (inspector.listing || summary.add(c)) });
  return {
    flush: () => out.flush(),
    close: () => {
      for (const line of summary?.lines() ?? []) out.line(line);
      return out.close();
    },
  };
}

function runChisels(inspector: Inspector, options: ReadOptions, io: Io, filter: EventFilter | undefined): Job {
  const out = new LineOutput(io, () => inspector.stop());
  const saves: Save[] = [];
  const host = chiselHost(inspector, filter, saves);
  const output = { line: (text: string) => out.line(text), colours: io.outIsTerminal };
  const ends = options.chisels.map(({ name, args }) => startChisel(name, host, args, output));
  return {
    flush: () => out.flush(),
    close: async () => {
      for (const end of ends) end();
      for (const save of saves) await saveEvents(save, options);
      await out.close();
    },
  };
}

/** Reads the files once more and writes the events that a chisel wants. */
async function saveEvents({ path, wanted }: Save, { files, enter }: ReadOptions): Promise<void> {
  const inspector = new Inspector({ enter });
  const writer = new CaptureWriter(path, inspector, { inputs: files });
  const isWanted = wanted(chiselHost(inspector, undefined, []));
  inspector.subscribe({ onEvent: (c) => void (isWanted(c) && writer.add(c)) });
  inspector.subscribe({ types: stateTypes, onEvent: (c) => writer.addState(c) });
  try {
    await inspector.readFiles(files, { onProgress: () => writer.flush() });
  } finally {
    await writer.close();
  }
}

function writeCapture(inspector: Inspector, options: Prepared, path: string, filter: EventFilter | undefined): Job {
  const { files, compress, withoutUsers, enter, related } = options;
  const asRecorded = enter;
  const writer = new CaptureWriter(path, inspector, {
    inputs: files,
    ...(compress && { compress }),
    withoutUsers,
    asRecorded,
    related,
  });
  const { state } = inspector;
  inspector.subscribe({
    filter,
    onEvent: (c) => {
      if (asRecorded || !state.hidden) writer.add(c);
    },
  });
  inspector.subscribe({
    types: stateTypes,
    onEvent: (c) => {
      if (asRecorded || !state.hidden) writer.addState(c);
    },
  });
  return writer;
}

/** For --only-related: reads the files once to see to whom the filter's events belong. */
async function relatedTo(options: ReadOptions, io: Io): Promise<ReadonlySet<number> | undefined> {
  if (!options.relatedOnly || options.output === undefined) return undefined;
  if (options.files.includes('-')) throw new UsageError('--only-related reads its input twice: name a file');
  const inspector = new Inspector({ enter: options.enter });
  const related = new Related();
  const filter = orUsageError(() => filterOf(inspector, options));
  inspector.subscribe({ filter, onEvent: (c) => related.add(c) });
  await inspector.readFiles(options.files, { limit: options.limit, signal: io.signal });
  return related.ids;
}

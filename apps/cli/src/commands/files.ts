/** `waspglass files`: the files that recorded processes wrote, with their hashes; with `-x` the files themselves. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Inspector } from '@waspglass/inspect';
import { escapeControl } from '@waspglass/kit';
import { type WrittenFile, WrittenFiles } from '@waspglass/sessions';
import type { Command, Io } from '../command.ts';
import { type DiskContent, DiskContents } from '../files/disk-content.ts';
import { type FilesOptions, filesOptions, optionRows } from '../files/options.ts';
import { Progress } from '../read/progress.ts';

export const files: Command = {
  name: 'files',
  summary: 'Lists the files that were written, with their hashes, and puts them together again.',
  usage: '[-x DIR] [--whole] [--json] FILE…',
  options: optionRows,
  examples: [
    ['waspglass files FILE', 'SHA-256, size, whether it is whole, path, and who wrote it, of each file'],
    ['waspglass files -x dropped FILE', 'put them into the directory "dropped", for other tools'],
  ],
  async run(args, io) {
    const options = filesOptions(args);
    const directory = options.directory ?? mkdtempSync(path.join(tmpdir(), 'waspglass-files-'));
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    try {
      return await list(options, directory, io);
    } finally {
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function list(options: FilesOptions, directory: string, io: Io): Promise<number> {
  const inspector = new Inspector();
  const contents = new DiskContents(directory);
  const made = new Map<WrittenFile<true>, DiskContent>();
  const written = new WrittenFiles<true>(inspector, {
    owner: () => true,
    content: () => contents.create(),
    onFile: (file) => made.set(file, file.content as DiskContent),
  });
  const progress = new Progress(io);
  try {
    await inspector.readFiles(options.files, { signal: io.signal, onProgress: (state) => progress.update(state) });
  } finally {
    progress.done();
    written.finish();
    for (const [file, content] of made) await tell(file, content, options, io);
    if (written.refused > 0) io.err(`${written.refused} files were too many and are left out\n`);
  }
  return 0;
}

async function tell(file: WrittenFile<true>, content: DiskContent, options: FilesOptions, io: Io): Promise<void> {
  const sha256 = content.digest();
  if (options.wholeOnly && !file.complete) {
    content.drop();
    return;
  }
  const name = file.complete ? sha256 : `${sha256}.part`;
  if (options.directory === undefined) content.drop();
  else content.keep(name);
  await io.out(options.json ? `${JSON.stringify(jsonOf(file, sha256, name, options))}\n` : textOf(file, sha256));
}

function textOf(file: WrittenFile<true>, sha256: string): string {
  const { path: at, removed, size, writer, event } = file;
  const state = file.complete ? 'whole' : 'part ';
  const gone = removed ? ' (removed)' : '';
  const by = `${writer.name} (${writer.pid}), event ${event}`;
  const why = file.whatIsMissing.map((sentence) => `    ${sentence}\n`).join('');
  return `${sha256} ${String(size).padStart(10)} ${state} ${escapeControl(at)}${gone}  ${escapeControl(by)}\n${why}`;
}

function jsonOf(file: WrittenFile<true>, sha256: string, name: string, { directory }: FilesOptions) {
  return {
    path: file.path,
    former_paths: file.formerPaths,
    removed: file.removed,
    size: file.size,
    sha256,
    complete: file.complete,
    missing: file.whatIsMissing,
    missing_bytes: file.missing,
    process: file.writer,
    event: file.event,
    last_event: file.lastEvent,
    time: new Date(file.time).toISOString(),
    last_time: new Date(file.lastTime).toISOString(),
    ...(directory !== undefined && { file: path.join(directory, name) }),
  };
}

/**
 * Entry of the commands that read captures for a start-up snapshot: Node.js runs this once when the snapshot is built, with
 * all tables made, and each start goes on from there. bin/waspglass takes it only while no source is newer.
 */
import { startupSnapshot } from 'node:v8';
import { detect } from './commands/detect.ts';
import { read } from './commands/read.ts';
import { processIo } from './io.ts';
import { runCommand } from './run-command.ts';

const commands = { read, detect } as const;

startupSnapshot.setDeserializeMainFunction(() => {
  const [, name, ...args] = process.argv;
  if (name !== 'read' && name !== 'detect') throw new Error(`the snapshot has no command "${name}"`);
  void runCommand(commands[name], args, processIo()).then((code) => {
    process.exitCode = code;
  });
});

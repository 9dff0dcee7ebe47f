/**
 * Entry of `waspglass read` for a start-up snapshot: Node.js runs this once when the snapshot is built, with all tables
 * made, and each start goes on from there. bin/waspglass takes it only while no source is newer.
 */
import { startupSnapshot } from 'node:v8';
import { read } from './commands/read.ts';
import { processIo } from './io.ts';
import { runCommand } from './run-command.ts';

startupSnapshot.setDeserializeMainFunction(() => {
  // Behind the program's name comes the command's.
  void runCommand(read, process.argv.slice(2), processIo()).then((code) => {
    process.exitCode = code;
  });
});

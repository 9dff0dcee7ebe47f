/** A shipper as a process of its own, for tests that kill it. Its one argument is the settings as JSON. */
import { silentLogger } from '@waspglass/kit';
import { Ledger, lockSpool, Shipper, type SmbServer, smbDropTransport } from '../src/index.ts';

export interface WorkerSettings {
  readonly directory: string;
  readonly ledger: string;
  readonly server: SmbServer;
}

if (process.argv[1] === import.meta.filename) {
  const { directory, ledger: file, server } = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
  await lockSpool(directory);
  const ledger = new Ledger(file);
  const transports = [smbDropTransport({ ...server, ledger })];
  const pause = { first: 50, longest: 200 };
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  await new Shipper({ directory, transports, ledger, logger: silentLogger, pause }).run(stop.signal);
}

/** The table of chisels: the list of `waspglass chisels` and what `read -c` finds. */
import { didYouMean } from '@waspglass/kit';
import { shellshockDetect, udpExtract } from './attacks.ts';
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { byteCounters, fdcountBy } from './counters.ts';
import { topprocsCpu } from './cpu.ts';
import { fail } from './errors.ts';
import { httplog, httptop } from './http.ts';
import { echoFds, spyFile, stderr, stdin, stdout } from './input-output.ts';
import { listLoginShells } from './login-shells.ts';
import { lsof, netstat, ps } from './machine-state.ts';
import { rankingChisels } from './rankings.ts';
import { bottlenecks, procExecTime, slowChisels } from './slow-calls.ts';
import { spyUsers } from './spy-users.ts';
import { spyIp, spyLogs, spyPort, spySyslog } from './traffic.ts';
import { around } from './windows.ts';

export const chisels: readonly Chisel[] = [
  around,
  bottlenecks,
  echoFds,
  fdcountBy,
  httplog,
  httptop,
  listLoginShells,
  lsof,
  netstat,
  procExecTime,
  ps,
  shellshockDetect,
  spyFile,
  spyIp,
  spyLogs,
  spyPort,
  spySyslog,
  spyUsers,
  stderr,
  stdin,
  stdout,
  topprocsCpu,
  udpExtract,
  ...byteCounters,
  ...rankingChisels,
  ...slowChisels,
].toSorted((a, b) => (a.name < b.name ? -1 : 1));

export function findChisel(name: string): Chisel {
  const found = chisels.find((chisel) => chisel.name === name);
  if (found !== undefined) return found;
  throw fail('WG_CHISEL_UNKNOWN', {
    name,
    hint: didYouMean(
      name,
      chisels.map((chisel) => chisel.name),
    ),
  });
}

/** Starts a chisel on a host; the returned function ends it. */
export function startChisel<C>(
  name: string,
  host: ChiselHost<C>,
  args: readonly string[],
  out: ChiselOutput,
): () => void {
  const chisel = findChisel(name);
  const limit = chisel.args.length;
  const missing = chisel.args.slice(args.length).find((arg) => arg.required === true);
  if (missing !== undefined) {
    throw fail('WG_CHISEL_ARGUMENT_MISSING', { name, argument: missing.name, doc: missing.doc });
  }
  if (args.length > limit) throw fail('WG_CHISEL_TOO_MANY_ARGUMENTS', { name, limit, found: args.length });
  return chisel.create(host, args, out);
}

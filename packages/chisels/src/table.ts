/** The table of chisels: the list of `waspglass chisels` and what `read -c` finds. */
import { didYouMean } from '@waspglass/kit';
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { fail } from './errors.ts';
import { echoFds, spyFile, stderr, stdin, stdout } from './input-output.ts';
import { listLoginShells } from './login-shells.ts';
import { rankingChisels } from './rankings.ts';
import { spyUsers } from './spy-users.ts';

export const chisels: readonly Chisel[] = [
  echoFds,
  listLoginShells,
  spyFile,
  spyUsers,
  stderr,
  stdin,
  stdout,
  ...rankingChisels,
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
  if (args.length > limit) throw fail('WG_CHISEL_TOO_MANY_ARGUMENTS', { name, limit, found: args.length });
  return chisel.create(host, args, out);
}

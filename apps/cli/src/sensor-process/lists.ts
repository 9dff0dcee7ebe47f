/** The lists with which a capture file begins: from the machine at the start, from the state afterwards. */
import {
  concat,
  encodeDescriptors,
  encodeInterfaces,
  encodeMachine,
  encodeProcesses,
  encodeSection,
  encodeUsers,
} from '@waspglass/scap';
import type { Snapshot as MachineSnapshot } from '@waspglass/sensor';
import { type State, snapshot } from '@waspglass/state';

/** As the sensor found the victim when it attached. */
export function listsOfMachine(found: MachineSnapshot): Uint8Array {
  return concat([
    ...head(found),
    encodeProcesses(found.processes),
    ...[...found.descriptors].map(([tid, entries]) => encodeDescriptors(tid, entries)),
    encodeUsers(found.users, found.groups),
  ]);
}

/** As the events since then have left it: a file that begins here stands alone. */
export function listsOfState(state: State, found: MachineSnapshot): Uint8Array {
  const now = snapshot(state);
  return concat([
    ...head(found),
    encodeProcesses(now.processes),
    ...now.descriptors.map(({ tid, entries }) => encodeDescriptors(tid, entries)),
    encodeUsers(now.users, now.groups),
  ]);
}

function head(found: MachineSnapshot): Uint8Array[] {
  return [encodeSection(), encodeMachine(found.machine), encodeInterfaces(found.interfaces)];
}

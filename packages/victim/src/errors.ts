/** What can go wrong with images, victims and containment. Each text says what to do about it. */
import { errorFactory } from '@waspglass/kit';

export const victimErrors = {
  WG_VICTIM_NOT_ROOT: 'a victim needs root (namespaces, overlayfs, nftables); run the command with sudo',
  WG_VICTIM_TOOL_MISSING: '"{tool}" is not installed; install the package "{package}" (apt-get install {package})',
  WG_VICTIM_COMMAND_FAILED: '"{command}" ended with {status}: {output}',
  WG_VICTIM_INSTANCE_BAD:
    'instance "{found}" must be 1 to 32 lower-case letters, digits and "-", starting with a letter',
  WG_VICTIM_PROFILE_UNKNOWN: 'no image profile "{found}"; known: {expected}',
  WG_VICTIM_IMAGE_FAILED: 'building the image stopped ({status}): {output}',
  WG_VICTIM_ACCOUNT_BAD: 'account "{name}": {found}; expected {expected}',
  WG_VICTIM_ADDRESS_BAD: '"{found}" is not {expected}',
  WG_VICTIM_SUBNET_TAKEN:
    "the victim's network {found} overlaps the route {route}; choose another private network in the configuration",
  WG_VICTIM_TABLE_TAKEN: 'the nftables table "inet {found}" belongs to somebody else; choose another instance name',
  WG_VICTIM_PORT_TAKEN: 'port {port} is taken by {owner}; stop that or choose another port in the configuration',
  WG_VICTIM_NOT_CONTAINED: 'no containment is in force for "{instance}"; apply it before a victim is made',
  WG_VICTIM_EGRESS_BAD: 'victim.egress: "{found}" is not right; expected {expected}',
  WG_VICTIM_NO_SOCKETS: 'the mediators are started by `waspglass up`, which opens their sockets; there are none',
  WG_VICTIM_ENDED: "the victim's init ended; see the log of the victim",
  WG_VICTIM_PATH_OUTSIDE: '"{found}" does not lead to a regular file inside the victim',
} as const;

export const fail = errorFactory(victimErrors);

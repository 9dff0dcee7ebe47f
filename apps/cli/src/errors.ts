/** Error codes of the command line: configuration, preflight, supervision. */
import { type ErrorTable, errorFactory } from '@waspglass/kit';

export const cliErrors = {
  WG_OUTPUT: 'cannot write the results: {reason}',
  WG_CONFIG_UNREADABLE: 'cannot read the configuration: {reason}',
  WG_CONFIG_SYNTAX: 'not valid YAML: {reason}',
  WG_CONFIG_UNKNOWN_OPTION: 'no option "{name}"{suggestion}',
  WG_CONFIG_WRONG_VALUE: '{found}, expected {expected}',
  WG_CONFIG_DUPLICATE: 'option "{name}" is given twice',
  WG_UP_NOT_ROOT: 'must run as root: found user id {uid}; start it with sudo',
  WG_UP_NO_BTF:
    'this kernel has no BTF ({file} is missing); use a kernel built with CONFIG_DEBUG_INFO_BTF (Debian 11 and later, Ubuntu 20.10 and later)',
  WG_UP_MISSING_PROGRAM: '{program} is not installed; run: apt-get install {package}',
  WG_UP_MISSING_FILE: '{what} is missing: {file}; run: {fix}',
  WG_UP_RUNNING:
    'the instance "{instance}" is running already, as process {pid}; stop it with waspglass down, or give this one another name (option instance)',
  WG_UP_NOT_READY: '{process} did not become ready within {seconds} s; its last words are in {log}',
  WG_UP_OUTPUT_FILE: '{option}: {file} {reason}',
  WG_UP_NO_SPACE: '{directory} has {found} MiB free, at least {expected} MiB are needed',
  WG_UP_PORT_TAKEN: 'port {port} on {address} is taken; set {option} to a free one or stop the program that holds it',
  WG_UP_NOT_RUNNING: 'no honeypot is running (looked in {directory}); start one with: waspglass up',
  WG_UP_NO_RESOLVER: '{file} names no IPv4 resolver; set victim.egress_resolver',
  WG_UP_USER: 'cannot use the user "{name}": {reason}',
  WG_SHIP_NO_TARGET: 'nothing to ship to: set evidence.directory or evidence.smb_share in the configuration',
  WG_UP_NOT_REACHABLE:
    'the user "{user}" cannot enter {closed}, above {directory}; choose another directory, or: chmod o+x {closed}',
} as const satisfies ErrorTable;

export const fail = errorFactory(cliErrors);

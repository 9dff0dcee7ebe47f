/** Errors of the sensor. */
import { type ErrorTable, errorFactory } from '@waspglass/kit';

export const sensorErrors = {
  WG_SENSOR_NO_COMPILER:
    'clang is needed to build the probes and was not found; install it: apt-get install clang libbpf-dev',
  WG_SENSOR_BUILD: 'clang could not build the probes: {reason}',
  WG_SENSOR_NO_SOURCES: 'the sources of the probes are not there and neither is a built object',
  WG_SENSOR_OBJECT: 'not an object of these probes: {reason}; build it again',
  WG_SENSOR_LIBBPF: 'libbpf could not be used: {reason}; install it: apt-get install libbpf1',
  WG_SENSOR_LOAD:
    'the kernel refused the probes ({reason}); they need root (CAP_BPF, CAP_PERFMON) and a kernel of 5.11 or later with BTF',
  WG_SENSOR_ATTACH: 'the probe {program} could not be attached ({reason})',
  WG_SENSOR_MAP: 'a map of the probes could not be used: {map} ({reason})',
  WG_SENSOR_NO_VICTIM: 'there is no process {pid} to watch',
  WG_SENSOR_OPTION: '{name} is {found}; expected {expected}',
  WG_SENSOR_PACKETS: 'packets of {interface} cannot be recorded: {reason}',
  WG_SENSOR_WORKER: 'the sensor thread ended: {reason}',
} as const satisfies ErrorTable;

export const fail = errorFactory(sensorErrors);

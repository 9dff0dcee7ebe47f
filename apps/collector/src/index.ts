export { type Collector, type CollectorOptions, type MachineStatus, runCollector } from './collector.ts';
export { collectorErrors } from './errors.ts';
export { mintLoginToken, type TokenOwner } from './login-token.ts';

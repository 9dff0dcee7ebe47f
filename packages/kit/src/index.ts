export { errorFactory, formatPlace, messageOf, systemCode, WaspglassError } from './errors.ts';
export type { ErrorTable, FailOptions, Place } from './errors.ts';
export { escapeControl } from './escape.ts';
export { createLogger, silentLogger } from './log.ts';
export type { Logger, LoggerOptions, LogLevel } from './log.ts';
export { didYouMean, nearest } from './suggest.ts';
export { SymbolTable } from './symbols.hot.ts';
export { delay, waitFor } from './wait.ts';
export type { WaitOptions } from './wait.ts';

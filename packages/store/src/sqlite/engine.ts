/** The one place that imports Node's SQLite. */
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node modules lacks this one
export { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

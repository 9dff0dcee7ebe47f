export { storeErrors } from './errors.ts';
export { openSqliteStore, SQLITE_FILE } from './sqlite/open.ts';
export type * from './store.ts';

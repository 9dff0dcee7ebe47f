export type * from './documents.ts';

export type { DumpMode } from './dump.ts';
export { dump, writeDump } from './dump.ts';
export { errors as formatErrors } from './errors.ts';
export type { FormatOptions, Writer } from './format.ts';
export { compileFormat, compileLine, compileNumber, compileValues, MISSING, templateFields } from './format.ts';
export type { TemplatePlace } from './template.ts';
export type { JsonValue, LineWriter } from './value.ts';
export { stringifyJson } from './value.ts';

export type { DumpMode } from './dump.ts';
export { dump } from './dump.ts';
export { errors as formatErrors } from './errors.ts';
export type { FormatOptions, Writer } from './format.ts';
export { compileFormat, compileNumber, compileValues, MISSING, templateFields } from './format.ts';
export type { TemplatePlace } from './template.ts';
export type { JsonValue } from './value.ts';
export { stringifyJson } from './value.ts';

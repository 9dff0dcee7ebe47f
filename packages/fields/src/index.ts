export { renderArgs } from './args.ts';
export type { AuthContext } from './auth-fields.ts';
export { authFields } from './auth-fields.ts';
export type { ContextOptions } from './context.hot.ts';
export { EventContext } from './context.hot.ts';
export { eventFields } from './event-fields.ts';
export { typeChar, typeName } from './fd-types.ts';
export type { ParamText } from './param-text.ts';
export { paramText } from './param-text.ts';

/** All fields of system call events. A new field is one row in one of these tables. */
import type { FieldTable } from '@waspglass/lang';
import type { EventContext } from './context.hot.ts';
import { generalFields } from './evt-fields.ts';
import { eventTimeFields } from './evt-time-fields.ts';
import { fdFields } from './fd-fields.ts';
import { fsPathFields } from './fs-path-fields.ts';
import { processFields } from './proc-fields.ts';
import { userFields } from './user-fields.ts';

export const eventFields: FieldTable<EventContext> = {
  ...generalFields,
  ...eventTimeFields,
  ...processFields,
  ...userFields,
  ...fdFields,
  ...fsPathFields,
};

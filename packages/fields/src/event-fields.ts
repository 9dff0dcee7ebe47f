/** All fields of system call events. A new field is one row in one of these tables. */
import type { FieldTable } from '@waspglass/lang';
import { containerFields } from './container-fields.ts';
import type { EventContext } from './context.hot.ts';
import { eventCountFields } from './evt-count-fields.ts';
import { generalFields } from './evt-fields.ts';
import { eventTimeFields } from './evt-time-fields.ts';
import { fdFields } from './fd-fields.ts';
import { fdListFields } from './fd-list-fields.ts';
import { fsPathFields } from './fs-path-fields.ts';
import { processFields } from './proc-fields.ts';
import { syslogFields } from './syslog-fields.ts';
import { userFields } from './user-fields.ts';

export const eventFields: FieldTable<EventContext> = {
  ...generalFields,
  ...eventTimeFields,
  ...eventCountFields,
  ...processFields,
  ...userFields,
  ...containerFields,
  ...fdFields,
  ...fdListFields,
  ...syslogFields,
  ...fsPathFields,
};

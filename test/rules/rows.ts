/** All rows that are lines for a log-in shell, by stage. */
import { controlRows } from './control-rows.ts';
import { discoveryRows } from './discovery-rows.ts';
import { downloadRows } from './download-rows.ts';
import { evasionRows } from './evasion-rows.ts';
import { impactRows } from './impact-rows.ts';
import { persistenceRows } from './persistence-rows.ts';
import { privilegeRows } from './privilege-rows.ts';
import type { RuleRow } from './row.ts';
import { runRows } from './run-rows.ts';
import { sessionRows } from './session-rows.ts';

export const rows: readonly RuleRow[] = [
  ...sessionRows,
  ...discoveryRows,
  ...downloadRows,
  ...runRows,
  ...persistenceRows,
  ...evasionRows,
  ...privilegeRows,
  ...controlRows,
  ...impactRows,
];

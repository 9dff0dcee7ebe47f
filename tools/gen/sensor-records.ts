/** The records between kernel and sensor: C header and TypeScript constants from one layout table. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated } from '../../packages/sensor/tools/gen-header.ts';
import type { Generator } from '../gen.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const sensorRecords: readonly Generator[] = [...generated()].map(([file, text]) => ({
  output: relative(root, file),
  make: async () => text,
}));

/** Where shared material is; tests that need it are skipped when it isn't there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../../shared');

export const captures = join(shared, 'captures');
export const skipWithoutCaptures = existsSync(join(captures, 'index.json')) ? false : 'no ../shared/captures';

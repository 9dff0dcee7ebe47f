/** Where shared material is; tests that need it are skipped when it isn't there. */

import { join } from 'node:path';

export const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../../shared');

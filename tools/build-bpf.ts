/** Builds `build/sensor.bpf.o`; the bootstrap runs it when the sources have changed. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildObject } from '@waspglass/sensor';

const object = fileURLToPath(new URL('../build/sensor.bpf.o', import.meta.url));
mkdirSync(path.dirname(object), { recursive: true });
await buildObject(object);

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { buildImage } from '../src/index.ts';
import { output, reasonToSkip } from './fixture.ts';

const NOWHERE = 'file:///nonexistent-archive';

describe('building an image', { skip: reasonToSkip() }, () => {
  test('that fails says why and leaves no image', async () => {
    const directory = await mkdtemp(`${tmpdir()}/wgimage-`);
    await assert.rejects(
      buildImage({ imagesDirectory: directory, mirror: NOWHERE }),
      /WG_VICTIM_IMAGE_FAILED: .+Failed getting release file/,
    );
    assert.deepEqual(
      (await readdir(directory)).filter((name) => !name.endsWith('.lock')),
      [],
    );
    await rm(directory, { recursive: true });
  });

  test('that is killed leaves no process and no lock, and its files go with the next', async () => {
    const directory = await mkdtemp(`${tmpdir()}/wgimage-`);
    const archive = createServer((_request, response) => response.flushHeaders());
    await new Promise<void>((resolve) => archive.listen(0, '127.0.0.1', resolve));
    const address = archive.address();
    const mirror = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/debian`;
    const module = new URL('../src/index.ts', import.meta.url).href;
    const options = JSON.stringify({ imagesDirectory: directory, mirror });
    const script = `const { buildImage } = await import('${module}'); await buildImage(${options});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });

    await once(archive, 'request');
    assert.ok(processesOf(directory).length > 0);
    child.kill('SIGKILL');
    await once(child, 'close');
    await waitFor(() => processesOf(directory).length === 0, { limit: 5000, what: 'the builders to end' });
    archive.closeAllConnections();
    await new Promise((resolve) => archive.close(resolve));

    const left = (await readdir(directory)).filter((name) => name.endsWith('.building'));
    assert.equal(left.length, 1);
    await mkdir(`${directory}/${left[0]}/root`, { recursive: true });
    await writeFile(`${directory}/${left[0]}/root/half`, '');
    await assert.rejects(buildImage({ imagesDirectory: directory, mirror: NOWHERE }), {
      code: 'WG_VICTIM_IMAGE_FAILED',
    });
    assert.deepEqual(
      (await readdir(directory)).filter((name) => !name.endsWith('.lock')),
      [],
    );
    await rm(directory, { recursive: true });
  });
});

function processesOf(directory: string): string[] {
  const lines = output('ps', '-eo', 'args').split('\n');
  return lines.filter((line) => line.includes(directory) && !line.includes('--input-type'));
}

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { buildImage, imageKey } from '../src/image.ts';
import { hostMirror } from '../src/mirror.ts';
import { loadIdentity } from '../src/persona.ts';
import { profileOf } from '../src/profiles.ts';
import { type BuildProgress, progressReader } from '../src/progress.ts';
import { seccompProfile } from '../src/seccomp.ts';
import { openInside } from '../src/victim.ts';

/** A test with a scratch directory of its own. */
function scratchTest(name: string, body: (directory: string) => Promise<void>): void {
  test(name, async () => {
    const directory = await mkdtemp(`${tmpdir()}/victim-`);
    try {
      await body(directory);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
}

scratchTest('the archive is that of the machine, whatever else its apt has', async (directory) => {
  await mkdir(`${directory}/sources.list.d`);
  await writeFile(
    `${directory}/sources.list`,
    '# deb http://old.invalid/debian bookworm main\ndeb https://packages.invalid/apt cloud-bookworm main\n',
  );
  assert.equal(await hostMirror(directory), undefined);
  await writeFile(
    `${directory}/sources.list.d/debian.sources`,
    'Types: deb\nEnabled: no\nURIs: http://a.invalid\nSuites: bookworm\nComponents: main\n\n' +
      'Types: deb\n# comment\nURIs: http://b.invalid/debian http://c.invalid\nSuites: bookworm bookworm-updates\nComponents: main\n',
  );
  assert.equal(await hostMirror(directory), 'http://b.invalid/debian');
  await writeFile(`${directory}/sources.list`, 'deb [arch=amd64 signed-by=/k] http://d.invalid/debian bookworm main\n');
  assert.equal(await hostMirror(directory), 'http://d.invalid/debian');
});

scratchTest('an image that is complete is taken as it is', async (directory) => {
  const key = imageKey('debian-12', profileOf('debian-12'));
  await mkdir(`${directory}/${key}/root`, { recursive: true });
  const image = await buildImage({ imagesDirectory: directory });
  assert.deepEqual(image, { root: `${directory}/${key}/root`, key, built: false });
});

scratchTest('the key changes with the profile, unknown profiles are named', async (directory) => {
  const profile = profileOf('debian-12');
  const other = { ...profile, packages: [...profile.packages, 'gcc'] };
  assert.notEqual(imageKey('debian-12', profile), imageKey('debian-12', other));
  await assert.rejects(buildImage({ imagesDirectory: directory, profile: 'toString' }), {
    code: 'WG_VICTIM_PROFILE_UNKNOWN',
  });
});

test('progress rises and never falls', () => {
  const seen: BuildProgress[] = [];
  const read = progressReader((progress) => seen.push(progress));
  const lines = ['I: Retrieving adduser 3.134', 'I: Validating adduser 3.134', 'W: noise', 'I: Extracting apt...'];
  for (const line of [...lines, 'I: Unpacking apt...', 'I: Configuring apt...', 'I: Unpacking cron...']) read(line);
  assert.equal(seen.length, 6);
  assert.ok(seen.every(({ percent }, i) => percent >= (seen[i - 1]?.percent ?? 0) && percent <= 98));
});

scratchTest('an identity is made once', async (directory) => {
  const first = await loadIdentity(directory);
  assert.match(first.mac, /^52:54:00(:[0-9a-f]{2}){3}$/);
  assert.deepEqual(await loadIdentity(directory), first);
  await writeFile(`${directory}/identity.json`, '{"damaged');
  assert.notDeepEqual(await loadIdentity(directory), first);
});

scratchTest('files of the victim that lead out of it are not opened', async (directory) => {
  const root = `${directory}/merged`;
  await mkdir(`${root}/var/log`, { recursive: true });
  await writeFile(`${directory}/secret`, 'host');
  await writeFile(`${root}/var/log/auth.log`, 'line\n');
  await symlink('/', `${root}/away`);
  await symlink(`${directory}/secret`, `${root}/link`);
  const file = await openInside(root, '/var/log/auth.log');
  assert.equal(await file.readFile('utf8'), 'line\n');
  await file.close();
  await assert.rejects(openInside(root, '/link'), { code: 'ELOOP' });
  await assert.rejects(openInside(root, `/away${directory}/secret`), { code: 'WG_VICTIM_PATH_OUTSIDE' });
  await assert.rejects(openInside(root, '/var/log'), { code: 'WG_VICTIM_PATH_OUTSIDE' });
});

test('the filter of system calls covers what is hidden behind a pointer only where it matters', () => {
  const names = (profile: object) => JSON.stringify(profile);
  assert.match(names(seccompProfile(true)), /"socketcall"/);
  assert.doesNotMatch(names(seccompProfile(false)), /"socketcall"/);
  for (const name of ['io_uring_setup', 'bpf', 'mount', 'open_tree', 'setns', 'clone3']) {
    assert.match(names(seccompProfile(false)), new RegExp(`"${name}"`));
  }
});

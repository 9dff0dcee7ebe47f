import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Account, addAccounts, checkAccounts, hashPasswords } from '../src/accounts.ts';
import { run, toolMissing } from '../src/command.ts';

const files = {
  passwd: 'root:x:0:0:root:/root:/bin/bash\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n',
  shadow: 'root:*:20000:0:99999:7:::\nsshd:!:20000::::::\n',
  group: 'root:x:0:\nsudo:x:27:\n',
  gshadow: 'root:*::\nsudo:*::\n',
};

test('accounts are added, root gets a password', async () => {
  const accounts: Account[] = [
    { name: 'root', password: 'passw0rd' },
    { name: 'user', password: 'user', uid: 1000 },
    { name: 'admin', password: 'two words', sudo: true },
  ];
  const { files: changed, homes } = await addAccounts(files, accounts);
  assert.match(changed.shadow, /^root:\$(y|6)\$[^:]{60,}:\d+:0:99999:7:::$/m);
  assert.match(changed.passwd, /^user:x:1000:1000:,,,:\/home\/user:\/bin\/bash$/m);
  assert.match(changed.passwd, /^admin:x:1001:1001:/m);
  assert.match(changed.group, /^sudo:x:27:admin$/m);
  assert.match(changed.group, /^user:x:1000:$/m);
  assert.deepEqual(homes, [
    { path: '/home/user', uid: 1000 },
    { path: '/home/admin', uid: 1001 },
  ]);
  assert.equal(changed.passwd.match(/^root:/gm)?.length, 1);
});

test('equal passwords get different hashes, and none stays readable', async () => {
  const [a, b] = await hashPasswords(['same', 'same']);
  assert.notEqual(a, b);
  assert.doesNotMatch(`${a}`, /same/);
});

test('what would break the files is refused', () => {
  const bad: Account[][] = [
    [{ name: 'a:b', password: 'x' }],
    [{ name: '../x', password: 'x' }],
    [{ name: 'a', password: 'x\ny' }],
    [{ name: 'a', password: '' }],
    [{ name: 'a', password: 'x', uid: 0 }],
    [{ name: 'a', password: 'x', shell: '/bin/sh:x' }],
    [
      { name: 'a', password: 'x' },
      { name: 'a', password: 'y' },
    ],
  ];
  for (const accounts of bad) assert.throws(() => checkAccounts(accounts), { code: 'WG_VICTIM_ACCOUNT_BAD' });
});

test('a tool that is missing or fails is named', async () => {
  await assert.rejects(
    run('wg-no-such-tool', []),
    /WG_VICTIM_TOOL_MISSING: "wg-no-such-tool" is not installed; install/,
  );
  await assert.rejects(run('sh', ['-c', 'echo no space >&2; exit 3']), /"sh -c .*" ended with 3: no space/);
  assert.match(toolMissing('nft').message, /apt-get install nftables/);
});

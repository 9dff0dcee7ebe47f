import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { keysOfCapture } from './capture-keys.ts';
import { keysOfStrace, tracedCalls } from './strace-log.ts';
import { cannotRun, recordVictim, testDirectory } from './victim.ts';

const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const skip = cannotRun() || ['strace', 'python3'].find((program) => !has(program)) || false;

/** Looks round, drops and runs programs, digs in, spreads, becomes somebody else, wipes its traces; also all at once. */
const ATTACK = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
ip link set lo up
id; uname -a > found; cat /etc/passwd >> found; ls / > /dev/null; /none/such; ./found
mkdir -p .cache/deep; printf '#!/bin/sh\\necho ran\\nid' > .cache/miner; chmod 755 .cache/miner; .cache/miner
cp /bin/true .cache/deep/sshd; .cache/deep/sshd; mv .cache/deep/sshd .cache/deep/kworker; .cache/deep/kworker
ln -s .cache/miner link; ln .cache/miner hard; rm link hard
mkdir keys; echo 'ssh-ed25519 AAAA me' >> keys/authorized_keys; mv keys/authorized_keys keys/authorized_keys2
echo '* * * * * root x' > cron; mv -f cron cron2; dd if=/bin/ls of=dropped bs=4096 2> /dev/null
echo IyEvYmluL3NoCg== | base64 -d > decoded; tee one two < decoded > /dev/null; sed -i s/sh/dash/ decoded
touch -d 2001-01-01 found; tar cf all.tar .cache; gzip all.tar; rm -f all.tar.gz missing
python3 attack.py
for i in 1 2 3 4 5 6 7 8; do (
  mkdir job$i; for k in 1 2 3 4 5; do echo $k > job$i/a$k; mv job$i/a$k job$i/b$k; /bin/true; done; rm job$i/b1; rm -r job$i
) & done; wait
rm -rf .cache; rmdir empty; exit 0
`;

const PYTHON = `
import os, socket
for port in (4444, 6667, 31337):
    s = socket.socket(); s.settimeout(1)
    try: s.connect(('127.0.0.1', port))
    except OSError: pass
    s.close()
server = socket.socket(); server.bind(('127.0.0.1', 8080)); server.listen()
s = socket.socket(); s.connect(('127.0.0.1', 8080)); s.close()
u = socket.socket(socket.AF_UNIX)
try: u.connect('/run/none.sock')
except OSError: pass
os.open('made', os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
try: os.open('made', os.O_CREAT | os.O_WRONLY | os.O_EXCL)
except OSError: pass
os.close(os.open('made', os.O_RDWR)); os.rename('made', 'renamed'); os.unlink('renamed')
for step in (lambda: os.setgid(1234), lambda: os.setresgid(1234, 1234, 1234), lambda: os.setresuid(0, 1234, 0), lambda: os.seteuid(0), lambda: os.setuid(1234), lambda: os.setuid(0)):
    try: step()
    except OSError: pass
try: os.execv('/root/none', ['none'])
except OSError: pass
os.execv('/bin/echo', ['echo', 'done'])
`;

/** Kinds of keys, with how many there are in the attack at least. */
const LEAST = { exec: 60, open: 60, connect: 5, unlink: 50, rename: 40, set: 6 } as const;

describe('against the kernel', { skip }, () => {
  it('every exec, open to write, connect, unlink, rename and change of identity that strace saw is in the capture', async () => {
    const directory = path.join(testDirectory, 'truth');
    mkdirSync(directory);
    chmodSync(testDirectory, 0o755);
    writeFileSync(path.join(directory, 'attack.sh'), ATTACK, { mode: 0o755 });
    writeFileSync(path.join(directory, 'attack.py'), PYTHON);
    const log = path.join(directory, 'log');
    const options = `-ff -qq -s 8192 -o ${log} -e signal=none -e trace=${tracedCalls.join(',')}`;
    const { events, counters } = await recordVictim(`strace ${options} ${directory}/attack.sh`);
    assert.equal(counters.lost, 0);
    const seen = keysOfCapture(events);
    const truth = keysOfStrace(directory, 'log');
    for (const [kind, least] of Object.entries(LEAST)) {
      let n = 0;
      for (const [key, times] of truth) if (key.startsWith(`${kind} `)) n += times;
      assert.ok(n >= least, `strace saw ${n} of ${kind}`);
    }
    const missing = [...truth].flatMap(([key, times]) =>
      (seen.get(key) ?? 0) < times ? [`${key}: ${seen.get(key) ?? 0} of ${times}`] : [],
    );
    assert.deepEqual(missing, []);
  });
});

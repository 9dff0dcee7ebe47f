/** Rows of the rules about shells and what people do with them. */
import type { RuleRow } from './row.ts';

export const sessionRows: readonly RuleRow[] = [
  {
    rule: 'Terminal made for a shell',
    as: 'user',
    fires: `script -qc true /dev/null`,
    spares: `script -qc true typescript; rm typescript`,
  },
  {
    rule: 'Code on the command line',
    as: 'user',
    fires: `python3 -c 'import socket; socket.socket()'`,
    spares: `python3 -c 'print(6 * 7)'; perl -e 'print 42'`,
  },
  {
    rule: 'Script fed to a shell',
    as: 'user',
    fires: `echo 'true' | bash`,
    spares: `echo 'true' | cat; echo true > script.sh; bash script.sh; sh -c true`,
  },
  {
    rule: 'Encoded text decoded',
    as: 'user',
    fires: `echo aGVsbG8K | base64 -d`,
    spares: `echo hello | base64`,
  },
  { rule: 'Other user asked for', as: 'user', fires: `sudo -n -l || true`, spares: `id; groups` },
  { rule: 'Program cut loose from the session', as: 'user', fires: `nohup true`, spares: `nice true; timeout 1 true` },
  {
    rule: 'Log-in to another machine',
    as: 'user',
    fires: `timeout 1 ssh -o ConnectTimeout=1 -o BatchMode=yes root@192.0.2.7 true`,
    spares: `ssh-keygen -q -t ed25519 -N '' -f key1; rm key1 key1.pub`,
  },
];

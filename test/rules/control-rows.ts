/** Rows of the rules about talking to whoever commands. */
import type { RuleRow } from './row.ts';

export const controlRows: readonly RuleRow[] = [
  {
    rule: 'Outbound connection',
    as: 'user',
    fires: `to 192.0.2.77 8081`,
    spares: `to 127.0.0.1 8081; say 18082 hello`,
  },
  {
    rule: 'Dropped program connects out',
    as: 'user',
    fires: `cp /usr/bin/perl ~/bot; to 192.0.2.77 8082 ~/bot`,
    spares: `cp /usr/bin/perl bot; to 127.0.0.1 8082 ./bot; to 192.0.2.77 8082`,
  },
  { rule: 'Connection to a port of back doors', as: 'user', fires: `to 192.0.2.77 6667`, spares: `to 192.0.2.77 8083` },
  {
    rule: 'Chat protocol spoken',
    as: 'user',
    fires: `say 16667 'NICK bot01'; say 16668 'JOIN #dosbox'`,
    spares: `say 16669 'my NICK is bot'; echo 'NICK bot' > irc.txt`,
  },
  {
    rule: 'Pool protocol spoken',
    as: 'user',
    fires: `say 13333 '{"id":1,"method":"mining.subscribe","params":[]}'`,
    spares: `say 13334 '{"id":1,"method":"hello"}'; echo '{"method":"mining.subscribe"}' > pool.json`,
  },
  {
    rule: 'Name server asked directly',
    as: 'user',
    fires: `datagram 192.0.2.53 53 query`,
    spares: `datagram 192.0.2.53 5353 query; getent hosts localhost`,
  },
  {
    rule: 'Shell on a network connection',
    as: 'user',
    fires: `perl -MSocket -e '$a=sockaddr_in(14444,inet_aton("127.0.0.1"));socket(L,2,1,6);bind(L,$a);listen(L,1);socket(C,2,1,6);connect(C,$a);open(STDIN,"<&C");open(STDOUT,">&C");'`,
    spares: `perl -e 'open(F,">","out");open(STDOUT,">&F");print 1'; say 14445 hello`,
  },
  {
    rule: 'Back door listens',
    as: 'user',
    fires: `perl -MSocket -e 'socket(L,2,1,6);bind(L,sockaddr_in(13131,INADDR_ANY));listen(L,1)'`,
    spares: `to 127.0.0.1 13131; perl -MSocket -e 'socket(L,1,1,0);unlink "s";bind(L,sockaddr_un("s"));listen(L,1)'`,
  },
  {
    rule: 'Proxy or tunnel program run',
    as: 'user',
    fires: `timeout 1 ssh -o ConnectTimeout=1 -o BatchMode=yes -N -D 1080 root@192.0.2.7; cp /bin/true tor; ./tor`,
    spares: `timeout 1 ssh -o ConnectTimeout=1 root@192.0.2.7; cp /bin/true torn; ./torn`,
  },
];

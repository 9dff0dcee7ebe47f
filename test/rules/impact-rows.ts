/** Rows of the rules about what an intrusion is for. */
import type { RuleRow } from './row.ts';

export const impactRows: readonly RuleRow[] = [
  {
    rule: 'Miner started',
    as: 'user',
    fires: `cp /bin/true syslogd2; ./syslogd2 -o stratum+tcp://192.0.2.9:3333 -u wallet`,
    spares: `cp /bin/true counter; ./counter -o tcp://192.0.2.9:3333; echo monero`,
  },
  {
    rule: 'Machine tuned for mining',
    fires: `sysctl -w vm.nr_hugepages=1280`,
    spares: `sysctl vm.swappiness; cat /proc/sys/vm/nr_hugepages`,
  },
  {
    rule: "Attack on others' log-ins",
    as: 'user',
    fires: `to 192.0.2.8 22; to 192.0.2.8 2323`,
    spares: `to 192.0.2.8 8022; to 127.0.0.1 22`,
  },
  {
    rule: 'Scanner run',
    as: 'user',
    fires: `cp /bin/true masscan; ./masscan 198.51.100.0/24 -p22`,
    spares: `cp /bin/true mask; ./mask 198.51.100.7`,
  },
  {
    rule: 'Flood started',
    as: 'user',
    fires: `ping -f -c 1 -w 1 127.0.0.1; cp /bin/true hping3; ./hping3 --flood 192.0.2.8`,
    spares: `ping -c 1 -w 1 127.0.0.1`,
  },
  {
    rule: 'Flood of packets sent',
    as: 'user',
    fires: `datagram 192.0.2.8 80 "$(printf %1200d 0)"`,
    spares: `datagram 192.0.2.8 80 short; datagram 127.0.0.1 80 "$(printf %1200d 0)"`,
  },
  {
    rule: 'Files encrypted',
    as: 'user',
    fires: `echo 1 > plan; mv plan plan.locked; echo 1 > plan; openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in plan -out plan.bin`,
    spares: `echo 1 > plan; mv plan plan.old; openssl sha256 plan.old`,
  },
  {
    rule: 'Ransom note left',
    as: 'user',
    fires: `echo pay > README_TO_DECRYPT_FILES.txt`,
    spares: `echo hello > README.txt; echo hello > files.txt`,
  },
  {
    rule: 'Files deleted in bulk',
    as: 'user',
    fires: `rm -rf /srv/www; mkdir -p kits2; find kits2 -name x -delete`,
    spares: `mkdir -p kits3; rm -rf kits3; rm -f /tmp/lab/nothing; find . -name nothing`,
  },
  {
    rule: 'Disk overwritten',
    as: 'user',
    fires: `dd if=/dev/zero of=/dev/sda count=1; wipefs -h`,
    spares: `dd if=/dev/zero of=zeros count=1`,
  },
  {
    rule: 'Machine shut down',
    as: 'user',
    fires: `cp /bin/true reboot; ./reboot`,
    spares: `uptime; ls -l /sbin/reboot`,
  },
  {
    rule: 'Processes bred without end',
    as: 'user',
    fires: `grep -c ':(){ :|:& };:' /etc/hostname`,
    spares: `grep -c x /etc/hostname; f() { true; }; f`,
  },
  {
    rule: 'Web page replaced',
    fires: `echo defaced > /var/www/html/index.html`,
    spares: `cat /var/www/html/index.html; echo page > index.html`,
  },
];

/** Rows of the rules about more rights and ways out. Everything here is refused by the victim's confinement. */
import type { RuleRow } from './row.ts';

export const privilegeRows: readonly RuleRow[] = [
  {
    rule: 'Root gained by another user',
    as: 'user',
    fires: `/var/tmp/rootsh -p -c /bin/true`,
    spares: `sudo -n true; passwd -S; /bin/true`,
  },
  { rule: 'Process traced', as: 'user', fires: `call 101 117 16 1 0 0`, spares: `call 101 117 12 1 0 0` },
  {
    rule: 'Kernel code loaded',
    fires: `call 320 294 -1 -1 0 0 0`,
    spares: `cat /proc/modules; uname -r`,
  },
  {
    rule: 'Kernel interface of exploits used',
    as: 'user',
    fires: `call 425 425 8 0; call 321 280 5 0 0; call 323 282 0`,
    spares: `call 39 172`,
  },
  { rule: 'Mount attempted', fires: `mount -t tmpfs none /mnt`, spares: `cat /proc/mounts; ls /mnt` },
  {
    rule: 'Namespace entered or made',
    as: 'user',
    fires: `unshare -Ur true`,
    spares: `lsns; readlink /proc/self/ns/user`,
  },
  {
    rule: "Host's settings written",
    fires: `echo '|/tmp/lab/x' > /proc/sys/kernel/core_pattern`,
    spares: `cat /proc/sys/kernel/core_pattern; echo x > core_pattern.txt`,
  },
  {
    rule: 'Device or host socket opened',
    as: 'user',
    fires: `dd if=/dev/sda of=/dev/null count=1; cat /dev/mem`,
    spares: `head -c 8 /dev/urandom > random; cat /dev/null`,
  },
  { rule: 'Device made', fires: `mknod disk b 8 0`, spares: `mknod fifo p; mkfifo fifo2` },
  { rule: 'Root directory changed', fires: `chroot / true`, spares: `cd /; pwd` },
  {
    rule: 'Raw socket wanted',
    as: 'user',
    fires: `call 41 198 2 3 6; call 41 198 17 3 768`,
    spares: `call 41 198 2 1 6; call 41 198 2 2 17`,
  },
];

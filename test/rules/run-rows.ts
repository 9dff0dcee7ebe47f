/** Rows of the rules about running what was dropped, and about disguises. */
import type { RuleRow } from './row.ts';

export const runRows: readonly RuleRow[] = [
  {
    rule: 'Program run from an odd place',
    as: 'user',
    fires: `cp /bin/true ~/bot; ~/bot; printf '#!/bin/sh\\ntrue\\n' > a.sh; sh ./a.sh`,
    spares: `cp /bin/true idle; /bin/true; echo true > a.sh; cat a.sh`,
  },
  {
    rule: 'Program not of the installed system run',
    fires: `mkdir -p /opt/lab; cp /bin/true /opt/lab/zbbpxdqalf; /opt/lab/zbbpxdqalf`,
    spares: `/bin/true; ls /opt/lab`,
  },
  {
    rule: 'Hidden program run',
    as: 'user',
    fires: `cp /bin/true .x; ./.x; mkdir ' '; cp /bin/true ' /k'; ' /k'`,
    spares: `cp /bin/true shown; ./shown; ls -a`,
  },
  {
    rule: 'Program run from memory',
    as: 'user',
    fires: `perl -MConfig -e '$n="m";$f=syscall($Config{archname}=~/aarch64/?279:319,$n,0);open(I,"<","/bin/true");local $/;$d=<I>;open(O,">&=",$f);syswrite(O,$d);exec {"/proc/$$/fd/$f"} "worker"'`,
    spares: `cp /bin/true disk; ./disk`,
  },
  {
    rule: 'File in memory made',
    as: 'user',
    fires: `call 319 279 kit 0`,
    spares: `perl -e 'open(F, ">", "kit.txt"); print F 1'`,
  },
  {
    rule: 'Program run through a descriptor',
    as: 'user',
    fires: `cp /bin/true by-number; perl -MConfig -e '$^F=9;open(I,"<","by-number");$e="";$a0="comm";$a=pack("pQ",$a0,0);$v=pack("Q",0);syscall($Config{archname}=~/aarch64/?281:322,fileno(I),$e,$a,$v,0x1000)'`,
    spares: `cp /bin/true by-name; ./by-name`,
  },
  {
    rule: 'Program deletes itself',
    as: 'user',
    fires: `cp /bin/rm suicide; ./suicide "$PWD/suicide"`,
    spares: `cp /bin/true other; cp /bin/rm remover; ./remover "$PWD/other"; rm remover`,
  },
  {
    rule: 'Program of another kind tried',
    as: 'user',
    fires: `printf '\\177ELF\\001\\001\\001\\000\\000\\000\\000\\000\\000\\000\\000\\000\\002\\000\\010\\000' > mips; chmod +x mips; ./mips`,
    spares: `./missing; cp /bin/true native; ./native`,
  },
  {
    rule: 'Dropped file made executable',
    as: 'user',
    fires: `echo true > p.sh; chmod +x p.sh; chmod 777 p.sh`,
    spares: `echo true > q.sh; chmod 644 q.sh; chmod -x q.sh`,
  },
  {
    rule: 'Executable copied to an odd place',
    as: 'user',
    fires: `cp /bin/dash sh`,
    spares: `cp /etc/hosts hosts`,
  },
  {
    rule: 'Transfer tool renamed or copied',
    as: 'user',
    fires: `cp /usr/bin/wget fetcher`,
    spares: `cp /bin/true truth; echo 1 > wgetrc; cp wgetrc copy`,
  },
  {
    rule: 'Process in disguise',
    as: 'user',
    fires: `cp /bin/true kit; bash -c 'exec -a "[kworker/0:1]" ./kit'; bash -c 'exec -a /usr/sbin/sshd ./kit'`,
    spares: `cp /bin/true kit; ./kit; "$PWD/kit"; bash -c 'exec -a kit ./kit'`,
  },
  {
    rule: 'Name of a service taken',
    as: 'user',
    fires: `bash -c 'exec -a sshd sleep 0'`,
    spares: `bash -c 'exec -a nap sleep 0'; bash -c true; sh -c true`,
  },
  {
    rule: 'Name of a kernel thread taken',
    as: 'user',
    fires: `perl -e '$0 = "kworker/u8:1"'`,
    spares: `perl -e '$0 = "worker 1"'`,
  },
  { rule: 'Process renames itself', as: 'user', fires: `perl -e '$0 = "sshd"'`, spares: `perl -e '$0 = "report"'` },
  {
    rule: 'Hidden directory made',
    as: 'user',
    fires: `mkdir /tmp/... /tmp/.cache-x`,
    spares: `mkdir kits; mkdir ~/.config`,
  },
  {
    rule: 'Library preloaded',
    as: 'user',
    fires: `LD_PRELOAD=/tmp/lab/hide.so /bin/true`,
    spares: `LD_LIBRARY_PATH=/tmp/lab /bin/true`,
  },
];

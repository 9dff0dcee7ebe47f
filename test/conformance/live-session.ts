/**
 * What the victim of the live comparison does: an intruder's hour in a few seconds, without anything outside of its own
 * namespaces. Addresses are those of RFC 5737, or its own loopback.
 */

/** A server and its clients: TCP, datagrams with and without connect, IPv6, unix sockets with and without a name. */
const TALK = `
use strict; use Socket qw(:DEFAULT inet_pton);
socket(my $l, AF_INET, SOCK_STREAM, 0); setsockopt($l, SOL_SOCKET, SO_REUSEADDR, pack("l", 1));
bind($l, pack_sockaddr_in(8080, inet_aton("127.0.0.1"))); listen($l, 5);
if (!fork) {
  for (1 .. 3) {
    accept(my $c, $l); sysread($c, my $got, 4096); syswrite($c, "HTTP/1.0 200 OK\r\n\r\n" . "#!/bin/sh\necho x\n" x 40); close($c);
  }
  exit 0;
}
for my $i (1 .. 2) {
  socket(my $s, AF_INET, SOCK_STREAM, 0); connect($s, pack_sockaddr_in(8080, inet_aton("127.0.0.1")));
  syswrite($s, "GET /x$i HTTP/1.0\r\n\r\n"); while (sysread($s, my $got, 512)) {} close($s);
}
socket(my $u, AF_INET, SOCK_DGRAM, 0); bind($u, pack_sockaddr_in(5353, inet_aton("127.0.0.1")));
socket(my $v, AF_INET, SOCK_DGRAM, 0); connect($v, pack_sockaddr_in(5353, inet_aton("127.0.0.1")));
send($v, "query", 0); recv($u, my $q, 100, 0); send($u, "answer", 0, getpeername($v) ? getsockname($v) : undef); recv($v, $q, 100, 0);
socket(my $six, AF_INET6, SOCK_STREAM, 0); connect($six, pack_sockaddr_in6(9, inet_pton(AF_INET6, "::1"))); close($six);
socket(my $n, AF_UNIX, SOCK_STREAM, 0); bind($n, pack_sockaddr_un("talk.sock")); listen($n, 1);
if (!fork) { socket(my $m, AF_UNIX, SOCK_STREAM, 0); connect($m, pack_sockaddr_un("talk.sock")); syswrite($m, "hello"); exit 0; }
accept(my $o, $n); sysread($o, my $h, 10); close($o);
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0); syswrite($a, "pair"); sysread($b, $h, 10);
socket(my $g, AF_UNIX, SOCK_DGRAM, 0); connect($g, pack_sockaddr_un("/dev/log"));
wait for 1 .. 2; $SIG{USR1} = sub {}; kill USR1 => $$; my $r = sleep 0;
`;

export const session = `
ip link set lo up; mkdir -p loot/deep; cd loot
uname -a; id; hostname; cat /etc/passwd > pw; grep -c root pw; sort pw | head -2 | tr a-z A-Z > up
cat > talk.pl <<'TALK'
${TALK}
TALK
perl talk.pl & server=$!
perl -e 'select(undef, undef, undef, 0.05)'
curl -s -o dropped http://127.0.0.1:8080/dropped || true
wait $server
curl -s --max-time 1 http://192.0.2.77:6667/ || true
cp /bin/sleep .x; chmod 755 .x; ./.x 0; (exec -a '[kworker/0:1]' ./.x 0) 2>/dev/null || bash -c 'exec -a "[kworker/0:1]" ./.x 0'
mv .x y; ln -s y z; ln y w; readlink z; rm z w; touch -d 2001-01-01 y; truncate -s 10 y
cat nothing; ls deep missing; cd deep; cd ..; ./nothing; sh -c 'exit 3'; (cd deep && pwd); rmdir deep
echo '* * * * * root /tmp/x' > job; echo more >> job; sed -i s/root/toor/ job; tar cf t.tar job pw; gzip t.tar; tar tzf t.tar.gz
find . -name '*.gz' | xargs ls -l; dd if=/dev/zero of=big bs=64k count=3 2>/dev/null; od -c big | tail -1
bash -c 'exec 3<>/dev/tcp/127.0.0.1/4444'; bash -c 'exec 3<>/dev/tcp/::1/4445'; echo x > /dev/udp/127.0.0.1/53 2>/dev/null
setsid sh -c 'nohup sleep 0.05 >/dev/null 2>&1 & echo $!'; env -i /bin/sh -c 'echo $PATH'; script -qc 'stty -a; tty' /dev/null
unshare -m sh -c 'mount -t tmpfs none /mnt && echo in > /mnt/x'; unshare -U true; setpriv --reuid 1234 --regid 1234 --clear-groups id
perl -e 'for (1 .. 20) { if (!fork) { exec "/bin/true" } } 1 while wait > 0; $0 = "renamed"; pipe(my $r, my $w); open(STDOUT, ">&", $w); print "x"; close STDOUT;'
printf 'a\\tb\\033[31mred\\n' > "$(printf 'odd\\tname')"; cat odd*; rm -rf /tmp/nothing-here ./odd*; kill -TERM 99999; sleep 0.01 & kill $!; wait
`;

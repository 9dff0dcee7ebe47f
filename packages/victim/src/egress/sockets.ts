/**
 * How the mediators get sockets in a namespace that they are not in: the process starts inside the sink, a few lines of
 * perl (Node has no call for transparent sockets) open them, and what they execute goes on in the host's network with the
 * descriptors open. The process id stays the same throughout.
 */
import { fail } from '../errors.ts';
import { sinkPath } from '../sink.ts';
import { MEDIATOR_PORTS } from '../sink-rules.ts';

export interface Descriptors {
  readonly tcp: number;
  readonly dns: number;
  readonly tftp: number;
}

const VARIABLE = 'WASPGLASS_SINK_SOCKETS';

/** 0 and 19: IPPROTO_IP and IP_TRANSPARENT. */
const SCRIPT = `use Socket;
$^F = 255;
my ($home, @program) = @ARGV;
socket(my $tcp, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($tcp, SOL_SOCKET, SO_REUSEADDR, 1) or die "reuse: $!";
setsockopt($tcp, 0, 19, pack("i", 1)) or die "transparent: $!";
bind($tcp, sockaddr_in(${MEDIATOR_PORTS.tcp}, INADDR_ANY)) or die "bind: $!";
listen($tcp, 64) or die "listen: $!";
my @udp = map {
  socket(my $udp, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
  bind($udp, sockaddr_in($_, INADDR_ANY)) or die "bind: $!";
  $udp;
} (${MEDIATOR_PORTS.dns}, ${MEDIATOR_PORTS.tftp});
$ENV{${VARIABLE}} = join ",", map { fileno $_ } $tcp, @udp;
exec "nsenter", "--net=$home", "--", @program or die "exec: $!";`;

/** The command line that starts `program` with the sockets open; `pid` is a process in the host's network. */
export function withSinkSockets(instance: string, pid: number, program: readonly string[]): [string, ...string[]] {
  const home = `/proc/${pid}/ns/net`;
  return ['nsenter', `--net=${sinkPath(instance)}`, '--', 'perl', '-e', SCRIPT, home, ...program];
}

/** Inside that program: the descriptors. */
export function sinkSockets(environment: NodeJS.ProcessEnv = process.env): Descriptors {
  const [tcp = 0, dns = 0, tftp = 0] = (environment[VARIABLE] ?? '').split(',').map(Number);
  if (![tcp, dns, tftp].every((descriptor) => descriptor > 2)) throw fail('WG_VICTIM_NO_SOCKETS');
  return { tcp, dns, tftp };
}

/**
 * One row per rule of our pack: what makes it fire in the real victim, and what looks alike and must not. Nothing here
 * harms or leaves the victim: programs are copies of installed ones, addresses are those of RFC 5737 or loopback.
 */
export interface RuleRow {
  readonly rule: string;
  /** Who logs in to run the lines; default root. */
  readonly as?: 'root' | 'user';
  /** Lines for the log-in shell, which must set the rule off. */
  readonly fires: string;
  /** Lines that come close and must not. */
  readonly spares: string;
  /** Who runs `spares`, when it is somebody else. */
  readonly sparesAs?: 'root' | 'user';
}

/** Each row's lines run in a new directory below this one. */
export const WORKPLACE = '/tmp/lab';

/**
 * Shell functions that rows use:
 *  - `to ADDRESS PORT [PROGRAM]`: begins a TCP connection and does not wait for an answer;
 *  - `say PORT TEXT`: sends a text to a listener of its own on loopback;
 *  - `datagram ADDRESS PORT TEXT [PROGRAM]`;
 *  - `call X86_64 AARCH64 ARGUMENTS`: a system call by its number on either processor.
 */
export const FUNCTIONS = `
to() { "\${3:-perl}" -MSocket -e 'socket(S,2,1|2048,6);connect(S,sockaddr_in($ARGV[1],inet_aton($ARGV[0])))' "$1" "$2"; }
say() { perl -MSocket -e '$a=sockaddr_in($ARGV[0],inet_aton("127.0.0.1"));socket(L,2,1,6);setsockopt(L,1,2,1);bind(L,$a);listen(L,1);socket(C,2,1,6);connect(C,$a);syswrite(C,$ARGV[1])' "$1" "$2"; }
datagram() { "\${4:-perl}" -MSocket -e 'socket(S,2,2,17);send(S,$ARGV[2],0,sockaddr_in($ARGV[1],inet_aton($ARGV[0])))' "$1" "$2" "$3"; }
call() { perl -MConfig -e '$n=$Config{archname}=~/aarch64/?$ARGV[1]:$ARGV[0];@a=map{/^-?\\d+$/?$_+0:"$_"}@ARGV[2..$#ARGV];syscall($n+0,@a)' "$@"; }
`;

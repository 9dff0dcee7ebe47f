/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Generated from packages/sensor/src/record-layout.ts by tools/gen-header.ts. Do not edit.
 */
#pragma once

enum wasp_kind {
	KIND_NONE = 0,
	KIND_CALL = 1,
	KIND_COMPAT = 2,
	KIND_X32 = 3,
	KIND_FORK = 4,
	KIND_EXEC = 5,
	KIND_EXIT = 6,
	KIND_SIGNAL = 7,
	KIND_MOVE = 8,
};

enum wasp_shape {
	SHAPE_SKIP = 0, /* not recorded */
	SHAPE_BARE = 1, /* arguments only, no aux */
	SHAPE_PATH = 2, /* path at a */
	SHAPE_PATH2 = 3, /* paths at a and b */
	SHAPE_PATH3 = 4, /* paths at a, a+1 and a+2 (mount) */
	SHAPE_OPEN = 5, /* path at a; aux: device and inode of the result, CREATED when it was made; b > 0: part 1 is the open_how there; fd: where the flags are */
	SHAPE_OPENED = 6, /* path of the result, names from the leaf up; aux as for open */
	SHAPE_FIXED = 7, /* b structures (1–3) at a, a+1 …, each of the size that fd numbers */
	SHAPE_POLL = 8, /* pollfds at 0; b = 1: timespec at 2, signal set at 3 */
	SHAPE_OPTION = 9, /* value at 3 of length 4 (b = 1: length at 4) */
	SHAPE_MEMORY = 10, /* nothing; aux 0: size and resident set, aux 1: swap, KiB in 32 bits each */
	SHAPE_CAPS = 11, /* three capability sets */
	SHAPE_IOCTL = 12, /* nothing; argument 2 is what it points to for the requests of terminals */
	SHAPE_DATA = 13, /* bytes at a, as many as the result says */
	SHAPE_VECTOR = 14, /* bytes of the vector at a, b entries */
	SHAPE_SENDTO = 15, /* bytes at a; socket of fd; address at argument 4 of length 5 */
	SHAPE_RECVFROM = 16, /* bytes at a; socket of fd; address at argument 4 */
	SHAPE_MESSAGE = 17, /* bytes of the message at a; socket of fd; its address; control data; aux 0: bytes moved (b = 1: several messages) */
	SHAPE_ADDRESS = 18, /* nothing; socket of fd; address at a of length b */
	SHAPE_ACCEPT = 19, /* nothing; socket of fd; its own unix address */
	SHAPE_PAIR = 20, /* two descriptors at a; aux: their inode numbers */
	SHAPE_CLONE = 21, /* identity; aux 0: flags (b = 1: read at a) */
	SHAPE_EXEC = 22, /* identity, file name, executable, directory, environment, arguments */
	SHAPE_EXECFAIL = 23, /* path at a, arguments at b */
};

#define WASP_ARG_RET 6
#define WASP_PARTS 6
#define WASP_CALLS 512
#define WASP_PROCESSORS 256
#define WASP_CALL_FIRST 2147483648
#define WASP_CALL_WRITES 1073741824
#define WASP_CALL_MOVES 536870912
#define WASP_CREATED 4294967296
#define WASP_NEAR 16384
#define WASP_SNAP_MAX 4096
#define WASP_SNAP_CROWDED 80
#define WASP_PIECE 61440
#define WASP_FULL_MAX 8388608
#define WASP_LEVEL_SNAP 0
#define WASP_LEVEL_SERVICE 1
#define WASP_LEVEL_FULL 2
#define WASP_ARGUMENTS_MAX 40960
#define WASP_ENVIRONMENT_MAX 16383

/* Sizes of the shape `fixed`. */
static inline __attribute__((always_inline)) __u32 fixed_size(__u32 number)
{
	if (number == 1) return 8;
	if (number == 2) return 12;
	if (number == 3) return 16;
	if (number == 4) return 24;
	if (number == 5) return 40;
	return 4;
}

/* Head of a record; the parts follow back to back. Without parts it ends before `part`, without aux before that. 112 bytes. */
struct wasp_record {
	__u64 time; /* CLOCK_BOOTTIME, ns */
	__u32 pid; /* thread group, in the first pid namespace */
	__u32 tid; /* thread, in the first pid namespace */
	__u16 nr; /* system call number of the ABI that was used */
	__u8 kind; /* one of KIND_ */
	__u8 shape; /* one of SHAPE_: what the parts are */
	__u32 cpu; /* processor */
	__s64 ret; /* result */
	__u64 args[6]; /* arguments as passed */
	__u64 aux[2]; /* by shape */
	__u16 part[6]; /* bytes of each part */
	__u16 spare[2];
};

/* Head of KIND_MOVE: a read or write, short because there are so many. Its data follows. 40 bytes. */
struct wasp_move {
	__u64 time; /* CLOCK_BOOTTIME, ns */
	__u32 pid; /* thread group, in the first pid namespace */
	__u32 tid; /* thread, in the first pid namespace */
	__u16 nr; /* system call number of the ABI that was used */
	__u8 kind; /* one of KIND_ */
	__u8 shape; /* one of SHAPE_: what the parts are */
	__u32 cpu; /* processor */
	__s32 ret; /* result */
	__s32 fd; /* argument 0 */
	__u32 asked; /* argument 2 */
	__u32 kept; /* bytes of data that follow */
};

/* Who a thread is: first part of clone, exec and fork records. 168 bytes. */
struct wasp_identity {
	__u64 cap_inheritable; /* capabilities */
	__u64 cap_permitted;
	__u64 cap_effective;
	__u64 exe_ino; /* inode of the executable */
	__u64 exe_ctime; /* its times, ns since the epoch */
	__u64 exe_mtime;
	__u64 maj_flt; /* page faults */
	__u64 min_flt;
	__u64 fd_limit; /* RLIMIT_NOFILE, soft */
	__u32 vm_size; /* KiB */
	__u32 vm_rss;
	__u32 vm_swap;
	__u32 ptid; /* parent */
	__u32 vtid; /* ids as the process sees them itself */
	__u32 vpid;
	__u32 vpgid;
	__u32 vsid;
	__u32 pgid; /* in the first pid namespace */
	__u32 sid;
	__u32 loginuid; /* audit login user, all ones when unset */
	__u32 tty; /* device number as in /proc/PID/stat, 0 for none */
	__u32 euid;
	__u32 egid;
	__u32 exe_mode; /* mode of the executable */
	__u32 exe_uid;
	__u32 exe_gid;
	__u32 exe_nlink; /* 0: deleted */
	__u32 exe_layer; /* overlay file system: 1 upper, 2 lower, 0 not overlay */
	__u32 level; /* depth of the pid namespace */
	__u8 comm[16]; /* NUL-terminated */
};

/* Both ends of a socket. Unix sockets: the inode numbers of the ends in the addresses. 40 bytes. */
struct wasp_socket {
	__u16 family; /* AF_INET, AF_INET6 or AF_UNIX */
	__u16 protocol;
	__u16 local_port; /* host order */
	__u16 peer_port; /* host order */
	__u8 local[16];
	__u8 peer[16];
};

/* Read-only data of the object, set before it is loaded. 4240 bytes. */
struct wasp_config {
	__u64 full_rate; /* bytes of full data that a process may cause in a second */
	__u64 full_total; /* the same in its life */
	__u64 full_file; /* bytes of full data kept of one file */
	__u64 crowded; /* bytes waiting in the bulk ring from which it is thinned */
	__u32 calls[512]; /* for each system call: shape | a << 8 | b << 16 | fd << 24 (numbers of arguments), CALL_ bits */
	__u32 compat[512]; /* the same for 32-bit calls */
	__u32 socketcalls[22]; /* 32-bit number of each call that socketcall stands for, 0: none */
	__u32 snap; /* bytes of I/O data kept, at most SNAP_MAX */
	__u32 self; /* the sensor's own process, never recorded */
	__u32 mount_ns; /* inode of the victim's mount namespace; 0: go by the process tree alone */
	__u32 share; /* bulk events of one process in 67 ms while the ring is crowded */
	__u32 level; /* LEVEL_ of whoever enters the victim from outside */
	__u32 sessions; /* whether sessions get LEVEL_FULL */
};

/* One line per processor; seen = sent + lost_first + lost_bulk + thinned. 128 bytes. */
struct wasp_counters {
	__u64 seen; /* events of the victim that were to be recorded */
	__u64 sent; /* records put into a ring */
	__u64 lost_first; /* records that found the ring of the first lane full */
	__u64 lost_bulk; /* records that found the bulk ring full */
	__u64 thinned; /* bulk events left out because their process had its share of a crowded ring */
	__u64 bytes; /* bytes sent */
	__u64 unreadable; /* parts that user memory did not give */
	__u64 overflow; /* processes that found the table of the tree full */
	__u64 cut; /* calls whose full data was cut by a limit */
	__u64 spare[7];
};

/* What is kept of a thread group of the victim. 40 bytes. */
struct wasp_member {
	__u64 second; /* the second (2^30 ns) that rate counts */
	__u64 rate; /* bytes of full data in it */
	__u64 total; /* bytes of full data since the beginning */
	__u64 window; /* the 67 ms (2^26 ns) that count counts */
	__u32 count; /* bulk events in it while the ring was crowded */
	__u32 level; /* one of LEVEL_ */
};

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The victim's system calls at their end, and its forks, execs and exits. Raw tracepoints only, so that it runs on kernels
 * without kprobes and modules. One record for each event; the enter event of a capture is made in user space.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "record.gen.h"
#include "arch.h"
#include "maps.h"
#include "parts.h"
#include "sockets.h"
#include "process.h"
#include "data.h"

char LICENSE[] SEC("license") = "GPL";

#define SOCKETCALL 102
#define SOCKETCALLS 22
#define SYS_SEND 9
#define SYS_RECV 10
#define POLL_MAX 256
#define TIOCSTI 0x5412
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FMODE_CREATED 0x100000
#define O_ACCMODE 3
#define O_CREAT_TRUNC 01100
#define SI_USER_MOST 0
#define SIGCHLD 17
#define SIGINFO_PID 16 /* of the union in siginfo */

static __always_inline void put_file_identity(struct wasp_record *h, struct file *f)
{
	if (!f) return;
	h->aux[0] = BPF_CORE_READ(f, f_inode, i_sb, s_dev);
	if (BPF_CORE_READ(f, f_mode) & FMODE_CREATED) h->aux[0] |= WASP_CREATED;
	h->aux[1] = BPF_CORE_READ(f, f_inode, i_ino);
}

static __always_inline __u32 put_pair(struct scratch *s, struct task_struct *t, __u64 user)
{
	__s32 fds[2] = { -1, -1 };
	if (s->head.ret < 0 || bpf_probe_read_user(fds, sizeof(fds), (void *)user)) return 0;
	struct file *one = file_of(t, fds[0]), *two = file_of(t, fds[1]);
	if (one) s->head.aux[0] = BPF_CORE_READ(one, f_inode, i_ino);
	if (two) s->head.aux[1] = BPF_CORE_READ(two, f_inode, i_ino);
	__builtin_memcpy(s->data, fds, sizeof(fds));
	s->head.part[0] = sizeof(fds);
	return sizeof(fds);
}

static __always_inline long read_message(struct mmsghdr_user *mm, __u64 user, bool many)
{
	return bpf_probe_read_user(mm, many ? sizeof(*mm) : sizeof(mm->head), (void *)user);
}

static __always_inline long read_message32(struct mmsghdr_user *mm, __u64 user, bool many)
{
	struct mmsghdr_user32 w = {};
	long error = bpf_probe_read_user(&w, many ? sizeof(w) : sizeof(w.head), (void *)user);
	mm->head.name = w.head.name;
	mm->head.name_len = w.head.name_len;
	mm->head.iov = w.head.iov;
	mm->head.iov_len = w.head.iov_len;
	mm->head.control = w.head.control;
	mm->head.control_len = w.head.control_len;
	mm->len = w.len;
	return error;
}

/* `many`: the first of several messages, whose length stands behind it. aux 0: bytes moved. */
static __noinline __u32 put_message(struct scratch *s, struct task_struct *t, __u64 user, __u64 fd, __u64 keep)
{
	bool many = keep >> 32;
	struct mmsghdr_user mm = {};
	__u32 n = 0, size = keep;
	if (s->head.ret < 0) return 0;
	if (s->head.kind == KIND_COMPAT ? read_message32(&mm, user, many) : read_message(&mm, user, many)) return 0;
	s->head.aux[0] = many ? mm.len : s->head.ret;
	if (s->head.aux[0] < size) size = s->head.aux[0];
	n = s->head.part[0] = put_vector(s, 0, mm.head.iov, mm.head.iov_len, size);
	n += s->head.part[1] = put_socket(s, n, t, fd);
	if (mm.head.name) n += s->head.part[2] = put_address(s, n, mm.head.name, mm.head.name_len);
	if (mm.head.control && mm.head.control_len)
		n += s->head.part[3] = put_bytes(s, n, mm.head.control, mm.head.control_len > 512 ? 512 : mm.head.control_len);
	return n;
}

__noinline __u32 put_fixed(struct scratch *s, __u32 row)
{
	if (!s) return 0;
	__u32 n = 0, size = fixed_size(CALL_FD(row));
	for (int i = 0; i < 3; i++) {
		if (i >= CALL_B(row)) break;
		__u64 user = s->head.args[(CALL_A(row) + i) & 3];
		if (user >= 4096) n += s->head.part[i] = put_bytes(s, n, user, size);
	}
	return n;
}

__noinline __u32 put_poll(struct scratch *s, bool more)
{
	if (!s) return 0;
	__u32 n = s->head.args[1] > POLL_MAX ? POLL_MAX : s->head.args[1];
	n = s->head.part[0] = put_bytes(s, 0, s->head.args[0], n * 8);
	if (!more) return n;
	n += s->head.part[1] = put_bytes(s, n, s->head.args[2], 16);
	n += s->head.part[2] = put_bytes(s, n, s->head.args[3], 8);
	return n;
}

__noinline __u32 put_option(struct scratch *s, bool indirect)
{
	if (!s) return 0;
	__u32 n = s->head.args[4];
	if (indirect && bpf_probe_read_user(&n, sizeof(n), (void *)s->head.args[4])) n = 0;
	s->head.aux[0] = n;
	return s->head.part[0] = put_bytes(s, 0, s->head.args[3], n > 128 ? 128 : n);
}

static __always_inline void read_terminal(struct wasp_record *h)
{
	__u32 request = h->args[1];
	__u64 value = 0;
	__u32 size = request == TIOCSWINSZ || request == TIOCGWINSZ ? 8 : request == TIOCSTI ? 1 : 0;
	if (size == 8 && h->ret == 0 && !bpf_probe_read_user(&value, 8, (void *)h->args[2])) h->args[2] = value;
	if (size == 1 && !bpf_probe_read_user(&value, 1, (void *)h->args[2])) h->args[2] = value;
}

static __always_inline void put_memory(struct wasp_record *h, struct task_struct *t)
{
	struct memory m = {};
	memory_of(&m, t->mm);
	h->aux[0] = m.size | ((__u64)m.resident << 32);
	h->aux[1] = m.swap;
}

static __always_inline __u32 put_capabilities(struct scratch *s, struct task_struct *t)
{
	__u64 *caps = (void *)s->data;
	caps[0] = t->cred->cap_inheritable.val;
	caps[1] = t->cred->cap_permitted.val;
	caps[2] = t->cred->cap_effective.val;
	return s->head.part[0] = 24;
}

/* Global, so that the verifier goes through its many branches once and not for each way that leads here. */
__noinline __u32 put_parts(struct scratch *s, __u32 row, __u32 keep)
{
	if (!s) return 0;
	struct task_struct *t = bpf_get_current_task_btf();
	struct wasp_record *h = &s->head;
	__u64 arg[8] = { h->args[0], h->args[1], h->args[2], h->args[3], h->args[4], h->args[5], h->ret, 0 };
	__u64 a = arg[CALL_A(row)], b = arg[CALL_B(row)], fd = arg[CALL_FD(row)];
	__u32 n = 0;

	switch (h->shape) {
	case SHAPE_PATH:
		n = h->part[0] = put_string(s, 0, a);
		break;
	case SHAPE_PATH2:
		n = h->part[0] = put_string(s, 0, a);
		n += h->part[1] = put_string(s, n, b);
		break;
	case SHAPE_PATH3:
		n = h->part[0] = put_string(s, 0, h->args[0]);
		n += h->part[1] = put_string(s, n, h->args[1]);
		n += h->part[2] = put_string(s, n, h->args[2]);
		break;
	case SHAPE_OPEN:
		n = h->part[0] = put_string(s, 0, a);
		if (CALL_B(row)) n += h->part[1] = put_bytes(s, n, b, sizeof(struct open_how_user));
		if (h->ret >= 0) put_file_identity(h, file_of(t, h->ret));
		break;
	case SHAPE_OPENED:
		if (h->ret >= 0) {
			struct file *f = file_of(t, h->ret);
			put_file_identity(h, f);
			if (f) n = h->part[0] = put_path(s, 0, PATH_DESCRIPTOR, h->ret);
		}
		break;
	case SHAPE_FIXED:
		n = put_fixed(s, row);
		break;
	case SHAPE_POLL:
		n = put_poll(s, CALL_B(row) != 0);
		break;
	case SHAPE_OPTION:
		n = put_option(s, CALL_B(row) != 0);
		break;
	case SHAPE_MEMORY:
		put_memory(h, t);
		break;
	case SHAPE_CAPS:
		n = put_capabilities(s, t);
		break;
	case SHAPE_IOCTL:
		read_terminal(h);
		break;
	case SHAPE_DATA:
		n = h->part[0] = put_bytes(s, 0, a, keep);
		break;
	case SHAPE_VECTOR:
		n = h->part[0] = put_vector(s, 0, a, b, keep);
		break;
	case SHAPE_SENDTO:
		n = h->part[0] = put_bytes(s, 0, a, keep);
		n += h->part[1] = put_socket(s, n, t, fd);
		n += h->part[2] = put_address(s, n, h->args[4], h->args[5]);
		break;
	case SHAPE_RECVFROM:
		n = h->part[0] = put_bytes(s, 0, a, keep);
		n += h->part[1] = put_socket(s, n, t, fd);
		if (h->ret >= 0) n += h->part[2] = put_address(s, n, h->args[4], 28);
		break;
	case SHAPE_MESSAGE:
		n = put_message(s, t, a, fd, keep | ((__u64)(CALL_B(row) != 0) << 32));
		break;
	case SHAPE_ADDRESS:
		n = h->part[1] = put_socket(s, 0, t, fd);
		n += h->part[2] = put_address(s, n, a, b);
		break;
	case SHAPE_ACCEPT:
		if (h->ret < 0) break;
		n = h->part[1] = put_socket(s, 0, t, fd);
		n += h->part[2] = put_unix_address(s, n, t, fd);
		break;
	case SHAPE_PAIR:
		n = put_pair(s, t, a);
		break;
	case SHAPE_CLONE:
		h->aux[0] = a;
		if (CALL_B(row)) bpf_probe_read_user(&h->aux[0], sizeof(__u64), (void *)a);
		n = h->part[0] = put_identity(s, t);
		break;
	case SHAPE_EXECFAIL:
		n = h->part[0] = put_string(s, 0, a);
		n += h->part[1] = put_arguments(s, n, b);
		break;
	}
	return n;
}

/* A successful exec was recorded where it happened; its end carries registers of the new program. */
static __always_inline bool ends_exec(__u32 tid)
{
	return bpf_map_delete_elem(&acct_cur, &tid) == 0;
}

/* One number of the 32-bit table stands for all calls on sockets; its arguments are in memory. */
static __always_inline __s64 unfold(__s64 nr, __u64 *args)
{
	__u32 in[6] = {}, which = args[0];
	if (nr != SOCKETCALL || which >= SOCKETCALLS || !config.socketcalls[which]) return nr;
	if (bpf_probe_read_user(in, sizeof(in), (void *)args[1])) return nr;
#pragma unroll
	for (int i = 0; i < 6; i++) args[i] = in[i];
	if (which == SYS_SEND || which == SYS_RECV) args[4] = args[5] = 0;
	return config.socketcalls[which];
}

/* Results are 32 bits wide there; addresses are not negative. */
static __always_inline __s64 widen(__s64 ret)
{
	__s32 low = ret;
	return low < 0 && low > -4096 ? low : (__s64)(__u32)ret;
}

/* Opening to read is bulk: what matters is who writes. */
static __always_inline bool is_first(__u32 row, const __u64 *args)
{
	if ((row & 0xff) != SHAPE_OPEN || !CALL_FD(row)) return row & WASP_CALL_FIRST;
	__u64 flags = CALL_FD(row) == 1 ? args[1] : args[2];
	return flags & (O_ACCMODE | O_CREAT_TRUNC);
}

/* Most of all events are plain reads and writes. */
static __always_inline void put_move(struct scratch *s, __s64 ret, const __u64 *args, __u32 keep)
{
	struct wasp_move *v = &s->move;
	v->kind = KIND_MOVE;
	v->ret = ret;
	v->fd = args[0];
	v->asked = args[2];
	__u64 n = copy_user(s->moved, args[1], keep);
	v->kept = n;
	send(s, sizeof(*v) + n);
}

static __always_inline void record_call(struct task_struct *t, struct wasp_member *m, __u8 kind, __u32 row, __u32 nr, __s64 ret,
					const __u64 *args)
{
	struct scratch *s = begin(t, m, is_first(row, args), kind, row & 0xff, nr);
	if (!s) return;
	__u32 keep = data_kept(s, m, t, row, ret, args[0]);
	if (kind == KIND_CALL && row & WASP_CALL_MOVES && keep <= WASP_PIECE) {
		put_move(s, ret, args, keep);
		return;
	}
	fill_head(&s->head, ret);
#pragma unroll
	for (int i = 0; i < 6; i++) s->head.args[i] = args[i];
	if (keep > WASP_PIECE && s->head.shape == SHAPE_DATA) {
		put_pieces(s, keep);
		return;
	}
	finish(s, put_parts(s, row, keep > WASP_PIECE ? WASP_PIECE : keep));
	if (s->head.shape == SHAPE_ACCEPT && m->level == WASP_LEVEL_SNAP) note_service(s, m);
}

static __noinline int compat_call(struct task_struct *t, struct pt_regs *regs, __s64 nr, __s64 ret)
{
	__u64 args[6];
	struct wasp_member *m = watched(t);
	if (!m) return 0;
	ret = widen(ret);
	if (ret == 0 && ends_exec(t->pid)) return 0;
	compat_args(regs, args);
	nr = unfold(nr, args);
	__u64 index = nr & (WASP_CALLS - 1);
	__u32 row = config.compat[index];
	if ((row & 0xff) == SHAPE_SKIP) return 0;
	record_call(t, m, KIND_COMPAT, row, index, ret, args);
	return 0;
}

/* With BTF, so that registers are read without a helper: this is the program that costs the victim. */
SEC("tp_btf/sys_exit")
int acct_end(__u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	__s64 ret = ctx[1];
	struct task_struct *t = bpf_get_current_task_btf();
	__u64 args[6];
	__s64 nr = call_number(regs);
	if (nr < 0) return 0; /* not a system call: the return from a signal, or one that a tracer cancelled */
	if (is_compat(t)) return compat_call(t, regs, nr, ret);
	bool x32 = is_x32(nr);
	if (!x32 && nr >= WASP_CALLS) return 0;
	__u64 index = nr & (WASP_CALLS - 1);
	__u32 row = config.calls[index];
	if ((row & 0xff) == SHAPE_SKIP) return 0;
	struct wasp_member *m = watched(t);
	if (!m) return 0;
	if (ret == 0 && (row & 0xff) == SHAPE_EXECFAIL) {
		ends_exec(t->pid);
		return 0;
	}
	call_args(regs, args);
	record_call(t, m, x32 ? KIND_X32 : KIND_CALL, x32 ? SHAPE_BARE | WASP_CALL_FIRST : row, index, ret, args);
	return 0;
}

/* In the parent, before the child runs. */
SEC("raw_tp/sched_process_fork")
int acct_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (void *)ctx->args[1];
	struct task_struct *t = bpf_get_current_task_btf();
	struct wasp_member *m = watched(t);
	if (!m) return 0;
	__u32 pid = BPF_CORE_READ(child, tgid);
	if (pid != t->tgid) join_tree(pid, m->level);
	struct scratch *s = begin(t, m, true, KIND_FORK, SHAPE_BARE, 0);
	if (!s) return 0;
	fill_head(&s->head, 0);
	s->head.args[0] = pid;
	s->head.args[1] = BPF_CORE_READ(child, pid);
	finish(s, 0);
	return 0;
}

/* The new image is complete: arguments, environment and credentials are those of the new program. */
SEC("raw_tp/sched_process_exec")
int acct_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *bprm = (void *)ctx->args[2];
	struct task_struct *t = bpf_get_current_task_btf();
	struct wasp_member *m = watched(t);
	if (!m) return 0;
	__u32 tid = t->pid;
	__u8 one = 1;
	bpf_map_update_elem(&acct_cur, &tid, &one, BPF_ANY);

	struct scratch *s = begin(t, m, true, KIND_EXEC, SHAPE_EXEC, 0);
	if (!s) return 0;
	fill_head(&s->head, 0);
	struct wasp_record *h = &s->head;
	struct mm_struct *mm = t->mm;
	h->args[0] = (__u32)ctx->args[1];
	__u32 n = h->part[0] = put_identity(s, t);
	note_session(s, m);

	__u64 at = n;
	BOUND(at, AT_MASK);
	long got = bpf_probe_read_kernel_str(&s->data[at], 1024, BPF_CORE_READ(bprm, filename));
	if (got < 0) got = 0;
	BOUND(got, 0x7ff);
	n += h->part[1] = got;
	n += h->part[2] = put_path(s, n, PATH_EXECUTABLE, 0);
	n += h->part[3] = put_path(s, n, PATH_DIRECTORY, 0);

	__u64 from = mm->env_start, size = mm->env_end - from;
	h->aux[1] = size;
	n += h->part[4] = put_bytes(s, n, from, size > WASP_ENVIRONMENT_MAX ? WASP_ENVIRONMENT_MAX : size);
	from = mm->arg_start;
	size = mm->arg_end - from;
	h->aux[0] = size;
	n += h->part[5] = put_bytes(s, n, from, size > WASP_ARGUMENTS_MAX ? WASP_ARGUMENTS_MAX : size);
	finish(s, n);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int acct_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct wasp_member *m = watched(t);
	if (!m) return 0;
	__u32 tid = t->pid, pid = t->tgid;
	bool last = t->signal->live.counter == 0;
	bpf_map_delete_elem(&acct_cur, &tid);
	struct scratch *s = begin(t, m, true, KIND_EXIT, SHAPE_BARE, 0);
	if (s) {
		fill_head(&s->head, t->exit_code);
		s->head.args[0] = last;
		s->head.args[1] = t->real_parent->pid;
		finish(s, 0);
	}
	if (last) leave_tree(pid);
	return 0;
}

/* In the one who gets it. args: signal, code, sender (as the receiver numbers it) where there is one. */
SEC("raw_tp/signal_deliver")
int acct_sig(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct wasp_member *m = watched(t);
	if (!m) return 0;
	struct kernel_siginfo *info = (void *)ctx->args[1];
	struct scratch *s = begin(t, m, true, KIND_SIGNAL, SHAPE_BARE, 0);
	if (!s) return 0;
	fill_head(&s->head, 0);
	__s32 code = BPF_CORE_READ(info, si_code);
	__u32 sender = 0;
	if (code <= SI_USER_MOST || ctx->args[0] == SIGCHLD) bpf_probe_read_kernel(&sender, sizeof(sender), (void *)info + SIGINFO_PID);
	s->head.args[0] = (__u32)ctx->args[0];
	s->head.args[1] = code;
	s->head.args[2] = sender;
	finish(s, 0);
	return 0;
}

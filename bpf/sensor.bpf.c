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

char LICENSE[] SEC("license") = "GPL";

#define CALL_A(row) (((row) >> 8) & 7)
#define CALL_B(row) (((row) >> 16) & 7)
#define CALL_FD(row) (((row) >> 24) & 7)

static __always_inline void put_file_identity(struct wasp_record *h, struct file *f)
{
	if (!f) return;
	h->aux[0] = BPF_CORE_READ(f, f_inode, i_sb, s_dev);
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

/* `many`: the first of several messages, whose length stands behind it. aux 0: bytes moved. */
static __noinline __u32 put_message(struct scratch *s, struct task_struct *t, __u64 user, __u64 fd, bool many)
{
	struct mmsghdr_user mm = {};
	struct msghdr_user m;
	__u32 n = 0;
	if (s->head.ret < 0 || bpf_probe_read_user(&mm, many ? sizeof(mm) : sizeof(m), (void *)user)) return 0;
	m = mm.head;
	s->head.aux[0] = many ? mm.len : s->head.ret;
	n = s->head.part[0] = put_vector(s, 0, m.iov, m.iov_len, snap(s->head.aux[0]));
	n += s->head.part[1] = put_socket(s, n, t, fd);
	if (m.name) n += s->head.part[2] = put_address(s, n, m.name, m.name_len);
	return n;
}

static __always_inline __u32 put_parts(struct scratch *s, struct task_struct *t, __u32 row)
{
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
	case SHAPE_DATA:
		n = h->part[0] = put_bytes(s, 0, a, snap(h->ret));
		break;
	case SHAPE_VECTOR:
		n = h->part[0] = put_vector(s, 0, a, b, snap(h->ret));
		break;
	case SHAPE_SENDTO:
		n = h->part[0] = put_bytes(s, 0, a, snap(h->ret));
		n += h->part[1] = put_socket(s, n, t, fd);
		n += h->part[2] = put_address(s, n, h->args[4], h->args[5]);
		break;
	case SHAPE_RECVFROM:
		n = h->part[0] = put_bytes(s, 0, a, snap(h->ret));
		n += h->part[1] = put_socket(s, n, t, fd);
		if (h->ret >= 0) n += h->part[2] = put_address(s, n, h->args[4], 28);
		break;
	case SHAPE_MESSAGE:
		n = put_message(s, t, a, fd, CALL_B(row) != 0);
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
	return bpf_map_delete_elem(&in_exec, &tid) == 0;
}

/* With BTF, so that registers are read without a helper: this is the program that costs the victim. */
SEC("tp_btf/sys_exit")
int on_sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	__s64 ret = ctx[1];
	struct task_struct *t = bpf_get_current_task_btf();
	__s64 nr = call_number(regs);
	if (nr < 0) return 0; /* not a system call: the return from a signal, or one that a tracer cancelled */
	bool compat = is_compat(t, nr);
	__u32 row = 0;
	__u64 index = nr & (WASP_CALLS - 1);
	if (!compat) {
		if (nr >= WASP_CALLS) return 0;
		row = config.calls[index];
		if ((row & 0xff) == SHAPE_SKIP) return 0;
	}
	if (!watched(t)) return 0;
	if (ret == 0 && (compat || (row & 0xff) == SHAPE_EXECFAIL)) {
		bool execed = ends_exec(bpf_get_current_pid_tgid());
		if (execed || !compat) return 0;
	}

	struct scratch *s = begin(compat ? KIND_COMPAT : KIND_CALL, compat ? SHAPE_BARE : row & 0xff, index, ret);
	if (!s) return 0;
	call_args(regs, s->head.args);
	finish(s, compat ? 0 : put_parts(s, t, row));
	return 0;
}

/* In the parent, before the child runs. */
SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (void *)ctx->args[1];
	struct task_struct *t = bpf_get_current_task_btf();
	if (!watched(t)) return 0;
	__u32 pid = BPF_CORE_READ(child, tgid);
	if (pid != bpf_get_current_pid_tgid() >> 32) join_tree(pid);
	struct scratch *s = begin(KIND_FORK, SHAPE_BARE, 0, 0);
	if (!s) return 0;
	s->head.args[0] = pid;
	s->head.args[1] = BPF_CORE_READ(child, pid);
	finish(s, 0);
	return 0;
}

/* The new image is complete: arguments, environment and credentials are those of the new program. */
SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *bprm = (void *)ctx->args[2];
	struct task_struct *t = bpf_get_current_task_btf();
	if (!watched(t)) return 0;
	__u32 tid = bpf_get_current_pid_tgid();
	__u8 one = 1;
	bpf_map_update_elem(&in_exec, &tid, &one, BPF_ANY);

	struct scratch *s = begin(KIND_EXEC, SHAPE_EXEC, 0, 0);
	if (!s) return 0;
	struct wasp_record *h = &s->head;
	struct mm_struct *mm = BPF_CORE_READ(t, mm);
	h->args[0] = (__u32)ctx->args[1];
	__u32 n = h->part[0] = put_identity(s, t);

	__u64 at = n;
	BOUND(at, AT_MASK);
	long got = bpf_probe_read_kernel_str(&s->data[at], 1024, BPF_CORE_READ(bprm, filename));
	if (got < 0) got = 0;
	BOUND(got, 0x7ff);
	n += h->part[1] = got;
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	if (exe) n += h->part[2] = put_path(s, n, t, &exe->f_path);
	struct fs_struct *fs = BPF_CORE_READ(t, fs);
	if (fs) n += h->part[3] = put_path(s, n, t, &fs->pwd);

	__u64 from = BPF_CORE_READ(mm, env_start), size = BPF_CORE_READ(mm, env_end) - from;
	if (size > 4095) size = 4095;
	n += h->part[4] = put_bytes(s, n, from, size);
	from = BPF_CORE_READ(mm, arg_start);
	size = BPF_CORE_READ(mm, arg_end) - from;
	if (size > LONG_MASK) {
		size = LONG_MASK;
		h->flags |= WASP_FLAG_CUT;
	}
	n += h->part[5] = put_bytes(s, n, from, size);
	finish(s, n);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *t = bpf_get_current_task_btf();
	if (!watched(t)) return 0;
	__u32 tid = bpf_get_current_pid_tgid(), pid = bpf_get_current_pid_tgid() >> 32;
	bool last = BPF_CORE_READ(t, signal, live.counter) == 0;
	bpf_map_delete_elem(&in_exec, &tid);
	struct scratch *s = begin(KIND_EXIT, SHAPE_BARE, 0, BPF_CORE_READ(t, exit_code));
	if (s) {
		s->head.args[0] = last;
		s->head.args[1] = BPF_CORE_READ(t, real_parent, pid);
		finish(s, 0);
	}
	if (last) bpf_map_delete_elem(&tree, &pid);
	return 0;
}

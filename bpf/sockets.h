/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Descriptors of the current task: the file behind a number, and both ends of a socket.
 */
#pragma once

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define S_IFMT 0170000
#define S_IFSOCK 0140000

static __always_inline struct file *file_of(struct task_struct *t, __u64 fd)
{
	struct fdtable *table = BPF_CORE_READ(t, files, fdt);
	struct file **files, *f = NULL;
	if (!table || fd >= BPF_CORE_READ(table, max_fds)) return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&f, sizeof(f), files + fd);
	return f;
}

static __always_inline struct sock *sock_of(struct task_struct *t, __u64 fd)
{
	struct file *f = file_of(t, fd);
	if (!f || (BPF_CORE_READ(f, f_inode, i_mode) & S_IFMT) != S_IFSOCK) return NULL;
	struct socket *socket = BPF_CORE_READ(f, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline __u64 inode_of(struct sock *sk)
{
	return sk ? BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino) : 0;
}

static __noinline __u32 put_socket(struct scratch *s, __u32 at, struct task_struct *t, __u64 fd)
{
	__u64 a = at;
	struct wasp_socket w = {};
	struct sock *sk = sock_of(t, fd);
	if (!sk) return 0;
	w.family = BPF_CORE_READ(sk, __sk_common.skc_family);
	w.protocol = BPF_CORE_READ(sk, sk_protocol);
	if (w.family == AF_UNIX) {
		*(__u64 *)w.local = inode_of(sk);
		*(__u64 *)w.peer = inode_of(BPF_CORE_READ((struct unix_sock *)sk, peer));
	} else if (w.family == AF_INET || w.family == AF_INET6) {
		w.local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
		w.peer_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
		if (w.family == AF_INET) {
			BPF_CORE_READ_INTO((__u32 *)w.local, sk, __sk_common.skc_rcv_saddr);
			BPF_CORE_READ_INTO((__u32 *)w.peer, sk, __sk_common.skc_daddr);
		} else {
			BPF_CORE_READ_INTO((struct in6_addr *)w.local, sk, __sk_common.skc_v6_rcv_saddr);
			BPF_CORE_READ_INTO((struct in6_addr *)w.peer, sk, __sk_common.skc_v6_daddr);
		}
	} else {
		return 0;
	}
	BOUND(a, AT_MASK);
	__builtin_memcpy(&s->data[a], &w, sizeof(w));
	return sizeof(w);
}

/* The address that a unix socket is bound to (an accepted one has its listener's). */
static __noinline __u32 put_unix_address(struct scratch *s, __u32 at, struct task_struct *t, __u64 fd)
{
	__u64 a = at;
	struct sock *sk = sock_of(t, fd);
	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX) return 0;
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	if (!address) return 0;
	__u64 n = (__u32)BPF_CORE_READ(address, len);
	if (n > 110) n = 110;
	BOUND(n, 127);
	BOUND(a, AT_MASK);
	void *name = (void *)address + bpf_core_field_offset(struct unix_address, name);
	return bpf_probe_read_kernel(&s->data[a], n, name) ? 0 : n;
}

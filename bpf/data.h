/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * How much of the data that a call moved is kept: a little of everybody's, all of a session's up to limits for a call, a
 * file, a second and a process. Whose session it is shows where it begins: a program on a terminal, or one that a network
 * service starts. A call that moved more than a record holds becomes several in a row.
 */
#pragma once

#define S_IFREG 0100000
#define S_IFCHR 0020000
#define NO_FD 7 /* argument 0 is something else */
#define MAJOR_MEM 1 /* null, zero, random … */
#define MINOR_BITS 20
#define PIECES (WASP_FULL_MAX / WASP_PIECE + 1)

/* A process that took a connection is a service; its children inherit it. */
static __always_inline void note_service(struct scratch *s, struct wasp_member *m)
{
	if (s->head.ret < 0 || s->head.part[1] != sizeof(struct wasp_socket) || !config.sessions) return;
	if (s->socket.family == AF_INET || s->socket.family == AF_INET6) m->level = WASP_LEVEL_SERVICE;
}

/* At exec, with the new program's identity. sshd starts itself again for each connection: not a session yet. */
static __always_inline void note_session(struct scratch *s, struct wasp_member *m)
{
	const __u8 *c = s->identity.comm;
	if (!config.sessions || m->level == WASP_LEVEL_FULL) return;
	bool sshd = c[0] == 's' && c[1] == 's' && c[2] == 'h' && c[3] == 'd';
	if (s->identity.tty || (m->level == WASP_LEVEL_SERVICE && !sshd)) m->level = WASP_LEVEL_FULL;
}

/* Whether the whole data of this descriptor is wanted: not what is read from files or from /dev/zero. */
static __always_inline bool wants_all(struct wasp_member *m, struct file *f, __u32 row, struct file_key *key)
{
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	__u32 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	if (type == S_IFCHR) return m->level == WASP_LEVEL_FULL && BPF_CORE_READ(inode, i_rdev) >> MINOR_BITS != MAJOR_MEM;
	if (type != S_IFREG) return m->level == WASP_LEVEL_FULL;
	if (!(row & WASP_CALL_WRITES)) return false;
	key->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	key->ino = BPF_CORE_READ(inode, i_ino);
	return true;
}

/* Takes `size` from the budgets; false when one is used up. */
static __always_inline bool spend(struct wasp_member *m, struct file_key *key, __u64 size, __u64 now)
{
	__u64 second = now >> SECOND_SHIFT, *used, zero = 0;
	if (m->second != second) {
		m->second = second;
		m->rate = 0;
	}
	if (m->rate + size > config.full_rate || m->total + size > config.full_total) return false;
	if (key->ino) {
		used = bpf_map_lookup_elem(&acct_obj, key);
		if (!used) bpf_map_update_elem(&acct_obj, key, &zero, BPF_ANY);
		if (!used) used = bpf_map_lookup_elem(&acct_obj, key);
		if (used && *used + size > config.full_file) return false;
		if (used) *used += size;
	}
	m->rate += size;
	m->total += size;
	return true;
}

static __noinline __u32 full_size(struct scratch *s, struct wasp_member *m, struct file *f, __u32 row, __u64 moved)
{
	struct file_key key = {};
	__u32 least = s->crowded ? WASP_SNAP_CROWDED : config.snap;
	if (!f || !m || !wants_all(m, f, row, &key)) return least;
	__u64 size = moved > WASP_FULL_MAX ? WASP_FULL_MAX : moved;
	if (size < moved) count()->cut++;
	if (spend(m, &key, size, s->head.time)) return size;
	count()->cut++;
	return least;
}

/* Bytes of data to keep of a call whose result was `ret`. */
static __always_inline __u32 data_kept(struct scratch *s, struct wasp_member *m, struct task_struct *t, __u32 row, __s64 ret, __u32 fd)
{
	__u32 shape = row & 0xff, least = s->crowded ? WASP_SNAP_CROWDED : config.snap;
	if (ret < 0 || shape < SHAPE_DATA || shape > SHAPE_MESSAGE) return 0;
	/* of several messages the result is how many */
	if (shape == SHAPE_MESSAGE && CALL_B(row)) return m->level == WASP_LEVEL_FULL ? WASP_PIECE : least;
	if (ret <= least) return ret;
	if (m->level == WASP_LEVEL_SNAP) return least;
	return full_size(s, m, CALL_FD(row) == NO_FD ? NULL : file_of(t, fd), row, ret);
}

/* Global: looked at once by the verifier, not for each piece. */
__noinline int finish_piece(struct scratch *s, __u32 size)
{
	if (s) finish(s, size);
	return 0;
}

/* Calls in a row, each as if it had moved its piece; what was cut off is missing from the last. */
__noinline int put_pieces(struct scratch *s, __u32 keep)
{
	if (!s) return 0;
	struct wasp_record *h = &s->head;
	__u64 user = h->args[1], moved = h->ret;
	__u32 done = 0;
	for (int i = 0; i < PIECES; i++) {
		__u32 n = keep - done > WASP_PIECE ? WASP_PIECE : keep - done;
		bool last = done + n >= keep;
		h->ret = h->args[2] = last ? moved - done : n;
		h->part[0] = put_bytes(s, 0, user + done, n);
		finish_piece(s, h->part[0]);
		if (last) break;
		done += n;
		h->args[3] += n;
		count()->seen++;
	}
	return 0;
}

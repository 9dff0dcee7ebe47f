/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Configuration, maps, and the two ends of a record's life: `begin` counts an event as seen, `finish` puts it into the ring
 * of its lane or counts it as lost. Nothing is dropped in between. Names that the kernel shows say nothing of what they do.
 */
#pragma once

/* clang keeps several copies of a length, and the verifier forgets the bound of the one in use: mask it in assembly. */
#define BOUND(x, mask) asm volatile("%0 &= %1" : "+r"(x) : "i"(mask))

#define AT_MASK 0xffff   /* where a part may begin */
#define LONG_MASK 0xffff /* bytes of the longest part */

/* What the table says of a call: which arguments to look at. */
#define CALL_A(row) (((row) >> 8) & 7)
#define CALL_B(row) (((row) >> 16) & 7)
#define CALL_FD(row) (((row) >> 24) & 7)

#define LOOK_EACH 16 /* bulk events between two looks at how full the ring is */
#define WINDOW_SHIFT 26
#define SECOND_SHIFT 30

const volatile struct wasp_config config = {};
struct wasp_counters counters[WASP_PROCESSORS];

struct scratch {
	union {
		struct {
			struct wasp_record head;
			union {
				__u8 data[AT_MASK + 1 + LONG_MASK + 1];
				struct wasp_identity identity; /* where a record has one, it is the first part */
				struct wasp_socket socket;
			};
		};
		struct {
			struct wasp_move move;
			__u8 moved[LONG_MASK + 1];
		};
	};
	__u32 walked; /* put_path's length: kept here so that the verifier sees the same state in every step */
	bool first;   /* lane */
	bool crowded; /* the bulk ring was when it was last looked at */
	__u8 looks;   /* bulk events since */
};

/* First lane: what processes, files and connections become. Sizes are set when the object is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} acct_q0 SEC(".maps");

/* Bulk: what they move. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} acct_q1 SEC(".maps");

/* One for each processor; a per-CPU map's values may not be this long. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WASP_PROCESSORS);
	__type(key, __u32);
	__type(value, struct scratch);
} acct_buf SEC(".maps");

/* Thread groups that belong to the victim: children inherit it, the last thread's exit ends it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct wasp_member);
} acct_set SEC(".maps");

/* The same by the low bits of the number, for most of them: found without hashing. An entry belongs to whom it names. */
struct near_member {
	__u32 pid, spare;
	struct wasp_member m;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WASP_NEAR);
	__type(key, __u32);
	__type(value, struct near_member);
} acct_near SEC(".maps");

/* Threads between a successful exec and the end of that system call. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u8);
} acct_cur SEC(".maps");

struct file_key {
	__u64 dev, ino;
};

/* Bytes of full data kept of a file. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct file_key);
	__type(value, __u64);
} acct_obj SEC(".maps");

static __always_inline struct wasp_counters *count(void)
{
	return &counters[bpf_get_smp_processor_id() & (WASP_PROCESSORS - 1)];
}

static __always_inline void join_tree(__u32 pid, __u32 level)
{
	struct wasp_member m = { .level = level };
	if (bpf_map_update_elem(&acct_set, &pid, &m, BPF_ANY)) count()->overflow++;
}

static __always_inline void leave_tree(__u32 pid)
{
	__u32 at = pid & (WASP_NEAR - 1);
	struct near_member *near = bpf_map_lookup_elem(&acct_near, &at);
	if (near && near->pid == pid) near->pid = 0;
	bpf_map_delete_elem(&acct_set, &pid);
}

/* Not in `near`: in the tree perhaps, or in the victim's mount namespace and joins the tree for good. */
static __noinline struct wasp_member *find_member(struct task_struct *t, __u32 pid, struct near_member *near)
{
	struct wasp_member *m = bpf_map_lookup_elem(&acct_set, &pid);
	if (!m) {
		if (!config.mount_ns) return NULL;
		struct nsproxy *ns = t->nsproxy; /* null in exiting tasks */
		if (!ns || ns->mnt_ns->ns.inum != config.mount_ns) return NULL;
		join_tree(pid, config.level);
		m = bpf_map_lookup_elem(&acct_set, &pid);
	}
	if (!m || !near || near->pid) return m;
	near->m = *m;
	near->pid = pid;
	return m;
}

/* The current task's entry when it is the victim's. */
static __always_inline struct wasp_member *watched(struct task_struct *t)
{
	__u32 pid = t->tgid, at = pid & (WASP_NEAR - 1);
	struct near_member *near = bpf_map_lookup_elem(&acct_near, &at);
	if (near && near->pid == pid) return &near->m;
	return pid == config.self ? NULL : find_member(t, pid, near);
}

/* What is common to both forms of a head. */
static __always_inline void fill_common(struct wasp_record *h, struct task_struct *t, __u8 kind, __u8 shape, __u32 nr, __u64 now, __u32 cpu)
{
	h->time = now;
	h->pid = t->tgid;
	h->tid = t->pid;
	h->nr = nr;
	h->kind = kind;
	h->shape = shape;
	h->cpu = cpu;
}

static __always_inline void fill_head(struct wasp_record *h, __s64 ret)
{
	h->ret = ret;
	h->aux[0] = h->aux[1] = 0;
#pragma unroll
	for (int i = 0; i < 6; i++) h->args[i] = 0;
#pragma unroll
	for (int i = 0; i < WASP_PARTS; i++) h->part[i] = 0;
}

/* Whether a bulk event is left out: the ring is crowded and the process has had its share of this moment. */
static __always_inline bool thinned(struct scratch *s, struct wasp_member *m, __u64 now)
{
	if (s->looks++ % LOOK_EACH == 0) s->crowded = bpf_ringbuf_query(&acct_q1, BPF_RB_AVAIL_DATA) > config.crowded;
	if (!s->crowded) return false;
	__u64 window = now >> WINDOW_SHIFT;
	if (m->window != window) {
		m->window = window;
		m->count = 0;
	}
	return ++m->count > config.share;
}

/* Counts an event and fills what both forms have in common; `fill_head` does the rest of a long one. */
static __always_inline struct scratch *begin(struct task_struct *t, struct wasp_member *m, bool first, __u8 kind, __u8 shape, __u32 nr)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 now = bpf_ktime_get_boot_ns();
	struct wasp_counters *c = &counters[cpu & (WASP_PROCESSORS - 1)];
	c->seen++;
	struct scratch *s = bpf_map_lookup_elem(&acct_buf, &cpu);
	if (!s) {
		c->lost_first++;
		return NULL;
	}
	s->first = first;
	if (!first && thinned(s, m, now)) {
		c->thinned++;
		return NULL;
	}
	fill_common(&s->head, t, kind, shape, nr, now, cpu);
	return s;
}

/* `n`: bytes of the whole record. The reader polls, so nobody is woken: that would cost the victim. */
static __always_inline void send(struct scratch *s, __u64 n)
{
	struct wasp_counters *c = count();
	BOUND(n, 0x1ffff);
	long error = s->first ? bpf_ringbuf_output(&acct_q0, s, n, BPF_RB_NO_WAKEUP) : bpf_ringbuf_output(&acct_q1, s, n, BPF_RB_NO_WAKEUP);
	if (!error) {
		c->sent++;
		c->bytes += n;
	} else if (s->first) {
		c->lost_first++;
	} else {
		c->lost_bulk++;
	}
}

/* `size`: bytes of all parts. Without any the record ends earlier. */
static __always_inline void finish(struct scratch *s, __u32 size)
{
	if (size) send(s, (__u64)size + sizeof(s->head));
	else if (s->head.shape == SHAPE_BARE) send(s, __builtin_offsetof(struct wasp_record, aux));
	else send(s, __builtin_offsetof(struct wasp_record, part));
}

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Configuration, maps, and the two ends of a record's life: `begin` counts an event as seen, `finish` puts it into the ring
 * or counts it as lost. Nothing is dropped in between.
 */
#pragma once

/* clang keeps several copies of a length, and the verifier forgets the bound of the one in use: mask it in assembly. */
#define BOUND(x, mask) asm volatile("%0 &= %1" : "+r"(x) : "i"(mask))

#define AT_MASK 0x3fff   /* where a part may begin */
#define LONG_MASK 0x1fff /* bytes of the longest part */

const volatile struct wasp_config config = {};
struct wasp_counters counters[WASP_PROCESSORS];

struct scratch {
	struct wasp_record head;
	union {
		__u8 data[AT_MASK + 1 + LONG_MASK + 1];
		struct wasp_identity identity; /* where a record has one, it is the first part */
		struct wasp_socket socket;
	};
	__u32 walked; /* put_path's length: kept here so that the verifier sees the same state in every step */
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring SEC(".maps");

/* One for each processor; a per-CPU map's values may not be this long. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WASP_PROCESSORS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* Thread groups that belong to the victim: children inherit it, the last thread's exit ends it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, __u8);
} tree SEC(".maps");

/* Threads between a successful exec and the end of that system call. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u8);
} in_exec SEC(".maps");

static __always_inline struct wasp_counters *count(void)
{
	return &counters[bpf_get_smp_processor_id() & (WASP_PROCESSORS - 1)];
}

static __always_inline void join_tree(__u32 pid)
{
	__u8 one = 1;
	if (bpf_map_update_elem(&tree, &pid, &one, BPF_ANY)) count()->overflow++;
}

/* Whether the current task is the victim's. Whoever enters the victim's mount namespace joins the tree for good. */
static __always_inline bool watched(struct task_struct *t)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	if (pid == config.self) return false;
	if (bpf_map_lookup_elem(&tree, &pid)) return true;
	if (!config.mount_ns) return false;
	struct nsproxy *ns = t->nsproxy; /* null in exiting tasks */
	if (!ns || ns->mnt_ns->ns.inum != config.mount_ns) return false;
	join_tree(pid);
	return true;
}

static __always_inline void fill_head(struct wasp_record *h, __u8 kind, __u8 shape, __u32 nr, __s64 ret)
{
	__u64 id = bpf_get_current_pid_tgid();
	h->len = sizeof(*h);
	h->kind = kind;
	h->shape = shape;
	h->nr = nr;
	h->time = bpf_ktime_get_boot_ns();
	h->pid = id >> 32;
	h->tid = id;
	h->ret = ret;
	h->aux[0] = h->aux[1] = 0;
	h->cpu = bpf_get_smp_processor_id();
	h->flags = 0;
#pragma unroll
	for (int i = 0; i < 6; i++) h->args[i] = 0;
#pragma unroll
	for (int i = 0; i < WASP_PARTS; i++) h->part[i] = 0;
}

static __always_inline struct scratch *begin(__u8 kind, __u8 shape, __u32 nr, __s64 ret)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct wasp_counters *c = count();
	c->seen++;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &cpu);
	if (!s) {
		c->lost++;
		return NULL;
	}
	fill_head(&s->head, kind, shape, nr, ret);
	return s;
}

/* `size`: bytes of all parts. The reader polls, so nobody is woken: that would cost the victim. */
static __always_inline void finish(struct scratch *s, __u32 size)
{
	__u64 n = size;
	struct wasp_counters *c = count();
	BOUND(n, 0x7fff);
	if (n > sizeof(s->data)) n = sizeof(s->data);
	n += sizeof(s->head);
	s->head.len = n;
	if (bpf_ringbuf_output(&ring, s, n, BPF_RB_NO_WAKEUP)) {
		c->lost++;
	} else {
		c->sent++;
		c->bytes += n;
	}
}

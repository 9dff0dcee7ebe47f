/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Parts that are copied from user memory: strings, bytes, vectors, addresses. Each function appends at `at` and returns the
 * bytes appended; what cannot be read is counted and left out. The functions are global: the verifier looks at each once, not
 * at each call of it.
 */
#pragma once

#define PATH_MAX_USER 4096
#define VECTOR_MAX 16
#define ARGS_MAX 24
#define ADDRESS_MAX 128

__noinline __u32 put_string(struct scratch *s, __u32 at, __u64 user)
{
	if (!s) return 0;
	__u64 a = at;
	BOUND(a, AT_MASK);
	long n = bpf_probe_read_user_str(&s->data[a], PATH_MAX_USER, (void *)user);
	if (n < 0) {
		if (user >= 4096) count()->unreadable++; /* less is a number, not a pointer */
		return 0;
	}
	BOUND(n, LONG_MASK);
	return n;
}

/* Bytes copied: `size`, or those of the first page when the rest is not there. */
static __always_inline __u32 copy_user(__u8 *to, __u64 user, __u64 size)
{
	__u64 n = size;
	BOUND(n, LONG_MASK);
	if (n == 0) return 0;
	if (bpf_probe_read_user(to, n, (void *)user) == 0) return n;
	__u64 page = 4096 - (user & 4095);
	if (n > page) n = page;
	BOUND(n, LONG_MASK);
	if (user >= 4096) count()->unreadable++;
	if (bpf_probe_read_user(to, n, (void *)user) == 0) return n;
	return 0;
}

__noinline __u32 put_bytes(struct scratch *s, __u32 at, __u64 user, __u32 size)
{
	if (!s) return 0;
	__u64 a = at;
	BOUND(a, AT_MASK);
	return copy_user(&s->data[a], user, size);
}

/* `size`: bytes that the call moved and that are to be kept. */
__noinline __u32 put_vector(struct scratch *s, __u32 at, __u64 user, __u32 entries, __u32 size)
{
	if (!s) return 0;
	bool narrow = s->head.kind == KIND_COMPAT;
	__u32 n = 0;
	if (size > WASP_PIECE) size = WASP_PIECE;
	for (int i = 0; i < VECTOR_MAX; i++) {
		struct iovec_user v = {};
		struct iovec_user32 w = {};
		long error;
		if (i >= entries || n >= size) break;
		if (narrow) {
			error = bpf_probe_read_user(&w, sizeof(w), (void *)(user + i * sizeof(w)));
			v.base = w.base;
			v.len = w.len;
		} else {
			error = bpf_probe_read_user(&v, sizeof(v), (void *)(user + i * sizeof(v)));
		}
		if (error) {
			count()->unreadable++;
			break;
		}
		__u32 want = size - n;
		if (v.len < want) want = v.len;
		__u32 got = put_bytes(s, at + n, v.base, want);
		n += got;
		if (got < want) break;
	}
	return n;
}

static __noinline __u32 put_address(struct scratch *s, __u32 at, __u64 user, __u32 size)
{
	if (!user) return 0;
	if (size > ADDRESS_MAX) size = ADDRESS_MAX;
	return put_bytes(s, at, user, size);
}

/* Arguments of an exec that failed: the new image does not exist, so from the caller's pointers. */
__noinline __u32 put_arguments(struct scratch *s, __u32 at, __u64 user)
{
	if (!s) return 0;
	__u32 n = 0, width = s->head.kind == KIND_COMPAT ? 4 : 8;
	for (int i = 0; i < ARGS_MAX; i++) {
		__u64 p = 0, a = at + n;
		if (bpf_probe_read_user(&p, width, (void *)(user + i * width)) || !p) break;
		BOUND(a, AT_MASK);
		long got = bpf_probe_read_user_str(&s->data[a], 512, (void *)p);
		if (got <= 0) break;
		BOUND(got, 0x3ff);
		n += got;
	}
	return n;
}

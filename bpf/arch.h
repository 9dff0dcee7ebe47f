/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * What differs between processors: where a system call's number and arguments are at its end, and how to tell a call that
 * was made through the 32-bit table (other numbers: 39 is mkdir there and getpid here).
 */
#pragma once

#if defined(__TARGET_ARCH_x86)
#define TS_COMPAT 2
#define X32_BIT 0x40000000

static __always_inline __s64 call_number(struct pt_regs *regs)
{
	return regs->orig_ax;
}

static __always_inline bool is_compat(struct task_struct *t)
{
	return t->thread_info.status & TS_COMPAT;
}

/* x32 numbers have a bit of their own: the same numbers mostly, other structures. */
static __always_inline bool is_x32(__s64 nr)
{
	return nr & X32_BIT;
}

static __always_inline void compat_args(struct pt_regs *regs, __u64 *args)
{
	args[0] = (__u32)regs->bx;
	args[1] = (__u32)regs->cx;
	args[2] = (__u32)regs->dx;
	args[3] = (__u32)regs->si;
	args[4] = (__u32)regs->di;
	args[5] = (__u32)regs->bp;
}

static __always_inline void call_args(struct pt_regs *regs, __u64 *args)
{
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}
#else
#define TIF_32BIT 22

static __always_inline __s64 call_number(struct pt_regs *regs)
{
	return regs->syscallno;
}

static __always_inline bool is_compat(struct task_struct *t)
{
	return (t->thread_info.flags >> TIF_32BIT) & 1;
}

static __always_inline bool is_x32(__s64 nr)
{
	return false;
}

static __always_inline void compat_args(struct pt_regs *regs, __u64 *args)
{
	args[0] = (__u32)regs->orig_x0;
	for (int i = 1; i < 6; i++) args[i] = (__u32)regs->regs[i];
}

static __always_inline void call_args(struct pt_regs *regs, __u64 *args)
{
	args[0] = regs->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
}
#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The few kernel structures that the probes read, with only the members that they read. Offsets are relocated against the
 * running kernel's BTF when the object is loaded (CO-RE), so member order and size here mean nothing. Where a member was
 * renamed between kernels, the older form has a name of its own with a suffix after three underscores.
 */
#pragma once

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_ANY = 0,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_AVAIL_DATA = 0,
};

/* Context of a raw tracepoint: its arguments as they are passed in the kernel. */
struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bp, bx, r10, r9, r8, cx, dx, si, di, orig_ax;
};
struct thread_info {
	__u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};
struct thread_info {
	unsigned long flags;
};
#else
#error "build for x86 or arm64: pass -D__TARGET_ARCH_x86 or -D__TARGET_ARCH_arm64"
#endif

typedef struct {
	__u32 val;
} kuid_t;
typedef struct {
	__u32 val;
} kgid_t;
typedef struct {
	int counter;
} atomic_t;

struct ns_common {
	__u32 inum;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct pid_namespace {
	__u32 level;
};
struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	__u32 level;
	struct upid numbers[1];
};

struct qstr {
	const unsigned char *name;
};
struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};
struct inode {
	__u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	__u32 i_rdev;
	struct super_block *i_sb;
	unsigned long i_ino;
	__u32 i_nlink;
	__s64 i_mtime_sec;
	__s64 i_ctime_sec;
	__u32 i_mtime_nsec;
	__u32 i_ctime_nsec;
};
struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};
/* up to 6.5 */
struct inode___timespec {
	struct timespec64 i_mtime;
	struct timespec64 i_ctime;
};
/* 6.6 to 6.10 */
struct inode___hidden {
	struct timespec64 __i_mtime;
	struct timespec64 __i_ctime;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct fs_struct {
	struct path root;
	struct path pwd;
};

struct file {
	__u32 f_mode;
	void *private_data;
	struct inode *f_inode;
	struct path f_path;
};
struct fdtable {
	__u32 max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};

struct percpu_counter {
	__s64 count;
};
struct mm_struct {
	unsigned long total_vm;
	unsigned long arg_start, arg_end, env_start, env_end;
	struct percpu_counter rss_stat[4];
	struct file *exe_file;
};

struct kernel_cap {
	__u64 val;
};
struct cred {
	kuid_t euid;
	kgid_t egid;
	struct kernel_cap cap_inheritable, cap_permitted, cap_effective;
};

struct rlimit {
	unsigned long rlim_cur;
};
struct tty_driver {
	int major;
	int minor_start;
};
struct tty_struct {
	int index;
	struct tty_driver *driver;
};
struct signal_struct {
	atomic_t live;
	int group_exit_code;
	struct pid *pids[4];
	struct tty_struct *tty;
	struct rlimit rlim[16];
};

struct task_struct {
	struct thread_info thread_info;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	struct task_struct *group_leader;
	unsigned long min_flt, maj_flt;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	kuid_t loginuid;
	__u32 sessionid;
};

struct kernel_siginfo {
	int si_signo;
	int si_code;
};

struct linux_binprm {
	const char *filename;
};

struct in6_addr {
	__u8 bytes[16];
};
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	__u16 skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct socket *sk_socket;
};
struct socket {
	struct file *file;
	struct sock *sk;
};
struct sockaddr_un {
	__u16 sun_family;
};
struct unix_address {
	int len;
	struct sockaddr_un name[0];
};
struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

#pragma clang attribute pop

/* Structures of user space: their layout is the system call interface and is never relocated. */
struct iovec_user {
	__u64 base;
	__u64 len;
};
struct msghdr_user {
	__u64 name;
	__u32 name_len;
	__u32 pad;
	__u64 iov;
	__u64 iov_len;
	__u64 control;
	__u64 control_len;
	__u64 flags;
};
struct mmsghdr_user {
	struct msghdr_user head;
	__u32 len;
	__u32 pad;
};
struct iovec_user32 {
	__u32 base;
	__u32 len;
};
struct msghdr_user32 {
	__u32 name;
	__u32 name_len;
	__u32 iov;
	__u32 iov_len;
	__u32 control;
	__u32 control_len;
	__u32 flags;
};
struct mmsghdr_user32 {
	struct msghdr_user32 head;
	__u32 len;
};
struct open_how_user {
	__u64 flags, mode, resolve;
};

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Who a task is, and paths that the kernel knows only as chains of directory entries.
 */
#pragma once

#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3
#define RLIMIT_NOFILE 7
#define MM_FILEPAGES 0
#define MM_ANONPAGES 1
#define MM_SWAPENTS 2
#define MM_SHMEMPAGES 3
#define OVERLAYFS_MAGIC 0x794c7630
#define NS_PER_SEC 1000000000ULL
#define PATH_STEPS 40

/* The number of a pid at the depth `level`; level 0 is the first namespace. */
static __always_inline __u32 pid_at(struct pid *pid, __u32 level)
{
	struct upid up = {};
	if (!pid || level > BPF_CORE_READ(pid, level)) return 0;
	bpf_probe_read_kernel(&up.nr, sizeof(up.nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, nr));
	return up.nr;
}

static __always_inline __u32 tty_of(struct task_struct *t)
{
	struct tty_struct *tty = t->signal->tty;
	if (!tty) return 0;
	__u32 major = tty->driver->major;
	__u32 minor = tty->driver->minor_start + tty->index;
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

static __always_inline void inode_times(struct wasp_identity *id, struct inode *inode)
{
	if (bpf_core_field_exists(struct inode, i_mtime_sec)) {
		id->exe_mtime = inode->i_mtime_sec * NS_PER_SEC + inode->i_mtime_nsec;
		id->exe_ctime = inode->i_ctime_sec * NS_PER_SEC + inode->i_ctime_nsec;
	} else if (bpf_core_field_exists(struct inode___timespec, i_ctime)) {
		struct inode___timespec *old = (void *)inode;
		id->exe_mtime = old->i_mtime.tv_sec * NS_PER_SEC + old->i_mtime.tv_nsec;
		id->exe_ctime = old->i_ctime.tv_sec * NS_PER_SEC + old->i_ctime.tv_nsec;
	} else {
		struct inode___hidden *old = (void *)inode;
		id->exe_ctime = old->__i_ctime.tv_sec * NS_PER_SEC + old->__i_ctime.tv_nsec;
		if (bpf_core_field_exists(struct inode___hidden, __i_mtime))
			id->exe_mtime = old->__i_mtime.tv_sec * NS_PER_SEC + old->__i_mtime.tv_nsec;
	}
}

static __always_inline void exe_of(struct wasp_identity *id, struct file *exe)
{
	struct inode *inode = exe->f_inode;
	if (!inode) return;
	id->exe_ino = inode->i_ino;
	id->exe_mode = inode->i_mode;
	id->exe_uid = inode->i_uid.val;
	id->exe_gid = inode->i_gid.val;
	id->exe_nlink = inode->i_nlink;
	inode_times(id, inode);
	if (inode->i_sb->s_magic != OVERLAYFS_MAGIC) return;
	/* overlayfs keeps the entry of the upper layer right behind its inode; it is null for files of the image */
	struct dentry *upper = NULL;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	id->exe_layer = upper ? 1 : 2;
}

struct memory {
	__u32 size, resident, swap;
};

/* KiB */
static __always_inline void memory_of(struct memory *m, struct mm_struct *mm)
{
	m->size = mm->total_vm << 2;
	if (!bpf_core_type_exists(struct percpu_counter) || !bpf_core_field_exists(struct mm_struct, rss_stat[0].count)) return;
	__s64 pages = mm->rss_stat[MM_FILEPAGES].count + mm->rss_stat[MM_ANONPAGES].count +
		      mm->rss_stat[MM_SHMEMPAGES].count;
	__s64 swap = mm->rss_stat[MM_SWAPENTS].count;
	m->resident = pages > 0 ? pages << 2 : 0;
	m->swap = swap > 0 ? swap << 2 : 0;
}

/* The first part of a record, at data[0]. */
static __noinline __u32 put_identity(struct scratch *s, struct task_struct *t)
{
	struct wasp_identity *id = &s->identity;
	__builtin_memset(id, 0, sizeof(*id));
	struct pid *pid = t->thread_pid;
	struct pid *pgid = t->signal->pids[PIDTYPE_PGID];
	struct pid *sid = t->signal->pids[PIDTYPE_SID];
	__u32 level = pid->level;
	const struct cred *cred = t->cred;
	struct mm_struct *mm = t->mm;

	id->level = level;
	id->vtid = pid_at(pid, level);
	id->vpid = pid_at(t->group_leader->thread_pid, level);
	id->vpgid = pid_at(pgid, level);
	id->vsid = pid_at(sid, level);
	id->pgid = pid_at(pgid, 0);
	id->sid = pid_at(sid, 0);
	id->ptid = t->real_parent->pid;
	id->loginuid = ~0U;
	if (bpf_core_field_exists(t->loginuid)) id->loginuid = t->loginuid.val;
	id->tty = tty_of(t);
	id->euid = cred->euid.val;
	id->egid = cred->egid.val;
	bpf_probe_read_kernel(&id->cap_inheritable, 8, &cred->cap_inheritable);
	bpf_probe_read_kernel(&id->cap_permitted, 8, &cred->cap_permitted);
	bpf_probe_read_kernel(&id->cap_effective, 8, &cred->cap_effective);
	id->maj_flt = t->maj_flt;
	id->min_flt = t->min_flt;
	id->fd_limit = t->signal->rlim[RLIMIT_NOFILE].rlim_cur;
	BPF_CORE_READ_INTO(&id->comm, t, comm);
	if (mm) {
		struct file *exe = mm->exe_file;
		struct memory m = {};
		memory_of(&m, mm);
		id->vm_size = m.size;
		id->vm_rss = m.resident;
		id->vm_swap = m.swap;
		if (exe) exe_of(id, exe);
	}
	return sizeof(*id);
}

enum which_path { PATH_EXECUTABLE, PATH_DIRECTORY, PATH_DESCRIPTOR };

/* The names of one of the current task's paths from the leaf up to its root, each NUL-terminated; user space turns them
 * round. Global: the verifier walks through it once in each program. */
__noinline __u32 put_path(struct scratch *s, __u32 at, __u32 which, __u64 fd)
{
	if (!s) return 0;
	struct task_struct *t = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(t, fs);
	struct file *f = which == PATH_EXECUTABLE ? BPF_CORE_READ(t, mm, exe_file) : which == PATH_DESCRIPTOR ? file_of(t, fd) : NULL;
	const struct path *path = f ? &f->f_path : &fs->pwd;
	struct path root = {}, p = {};
	volatile __u32 *n = &s->walked;
	*n = 0;
	if (!f && which != PATH_DIRECTORY) return 0;
	BPF_CORE_READ_INTO(&root.dentry, fs, root.dentry);
	BPF_CORE_READ_INTO(&root.mnt, fs, root.mnt);
	BPF_CORE_READ_INTO(&p.dentry, path, dentry);
	BPF_CORE_READ_INTO(&p.mnt, path, mnt);
	for (int i = 0; i < PATH_STEPS; i++) {
		if (!p.dentry || !p.mnt || (p.dentry == root.dentry && p.mnt == root.mnt)) break;
		struct dentry *parent = BPF_CORE_READ(p.dentry, d_parent);
		if (p.dentry == BPF_CORE_READ(p.mnt, mnt_root)) {
			struct mount *m = (void *)p.mnt - bpf_core_field_offset(struct mount, mnt);
			struct mount *up = BPF_CORE_READ(m, mnt_parent);
			if (up == m) break;
			p.dentry = BPF_CORE_READ(m, mnt_mountpoint);
			p.mnt = (void *)up + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		__u64 a = at + *n;
		BOUND(a, AT_MASK);
		long got = bpf_probe_read_kernel_str(&s->data[a], 256, BPF_CORE_READ(p.dentry, d_name.name));
		if (got <= 0) break;
		BOUND(got, 0x1ff);
		*n += got;
		if (*n > 2048 || parent == p.dentry) break;
		p.dentry = parent;
	}
	return *n;
}

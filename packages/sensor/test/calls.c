/* SPDX-License-Identifier: Apache-2.0
 *
 * A victim's program that makes one call of each kind that the sensor has a form of its own for.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *argument)
{
	return argument;
}

static void vectors(void)
{
	int fds[2], pair[2];
	char text[16];
	struct iovec out[2] = { { "one", 3 }, { "two", 3 } };
	struct iovec in[2] = { { text, 2 }, { text + 2, 14 } };
	if (pipe(fds) == 0) {
		writev(fds[1], out, 2);
		readv(fds[0], in, 2);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
		struct iovec one = { "message", 7 };
		struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1 };
		sendmsg(pair[0], &message, 0);
		recv(pair[1], text, sizeof(text), 0);
	}
}

static void datagrams(void)
{
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct sockaddr_un hidden = { .sun_family = AF_UNIX };
	struct iovec parts[2] = { { "first", 5 }, { "second", 6 } };
	struct mmsghdr messages[2] = { 0 };
	int udp = socket(AF_INET, SOCK_DGRAM, 0), unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
	inet_pton(AF_INET, "127.0.0.53", &server.sin_addr);
	for (int i = 0; i < 2; i++) {
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = &server;
		messages[i].msg_hdr.msg_namelen = sizeof(server);
	}
	connect(udp, (struct sockaddr *)&server, sizeof(server));
	sendmmsg(udp, messages, 2, 0);
	memcpy(hidden.sun_path, "\0hidden", 7);
	bind(unix_socket, (struct sockaddr *)&hidden, sizeof(hidden.sun_family) + 7);
}

static void processes(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
	signal(SIGUSR1, SIG_IGN);
	kill(getpid(), SIGUSR1);
	prctl(PR_SET_NAME, "kworker/0:1");
	if (fork() == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		syscall(SYS_setresuid, 1234, 1234, 1234);
		_exit(0);
	}
	wait(NULL);
}

static void files(void)
{
	struct { uint64_t flags, mode, resolve; } how = { O_RDONLY, 0, 0 };
	int fd = syscall(SYS_openat2, AT_FDCWD, "/etc/hostname", &how, sizeof(how));
	close(fd);
	if (truncate("/nonexistent", 0)) mount("none", "/mnt", "tmpfs", 0, NULL);
	umount("/mnt");
}

static void from_memory(void)
{
	int program = open("/bin/true", O_RDONLY), memory = memfd_create("payload", MFD_CLOEXEC);
	char *arguments[] = { "from-memory", NULL }, *environment[] = { NULL };
	struct stat st;
	fstat(program, &st);
	sendfile(memory, program, NULL, st.st_size);
	syscall(SYS_execveat, memory, "", arguments, environment, AT_EMPTY_PATH);
}

int main(void)
{
	vectors();
	datagrams();
	processes();
	files();
	from_memory();
	return 1;
}

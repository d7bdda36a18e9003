#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <linux/falloc.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int clinux_ofd_lock(int fd, int exclusive) {
  struct flock lock = {.l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

int clinux_punch_hole(int fd, int64_t offset, int64_t length) {
  return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0 ? 0 : errno;
}

int clinux_begin_writing(int fd, int64_t offset, int64_t length) {
  return sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE) == 0 ? 0 : errno;
}

int clinux_finish_writing(int fd, int64_t offset, int64_t length) {
  unsigned how = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (sync_file_range(fd, offset, length, how) != 0) return errno;
  return posix_fadvise(fd, offset, length, POSIX_FADV_DONTNEED);
}

int64_t clinux_seek(int fd, int64_t offset, int hole) {
  off_t found = lseek(fd, offset, hole ? SEEK_HOLE : SEEK_DATA);
  return found < 0 ? -errno : found;
}

int64_t clinux_birth_time(int fd) {
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &s) != 0 || !(s.stx_mask & STATX_BTIME)) return 0;
  return (int64_t)s.stx_btime.tv_sec * 1000000000 + s.stx_btime.tv_nsec;
}

static int signal_pipe_writer = -1;

static void write_signal(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  // A full pipe already holds signals enough.
  ssize_t written = write(signal_pipe_writer, &byte, 1);
  (void)written;
  errno = saved;
}

int clinux_signal_pipe(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) return -errno;
  signal_pipe_writer = ends[1];
  struct sigaction action = {.sa_handler = write_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGTERM, &action, 0) != 0 || sigaction(SIGINT, &action, 0) != 0) return -errno;
  // Whoever started this with SIGHUP ignored (nohup) wants it to outlive the terminal.
  struct sigaction before;
  if (sigaction(SIGHUP, 0, &before) != 0) return -errno;
  if (before.sa_handler != SIG_IGN && sigaction(SIGHUP, &action, 0) != 0) return -errno;
  return ends[0];
}

void clinux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int clinux_set_niceness(int niceness) {
  // On Linux the niceness is a thread's, and 0 means the caller. What it starts does not go first as well.
  const struct sched_param none = {0};
  if (niceness < 0 && sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none) != 0) return errno;
  return setpriority(PRIO_PROCESS, 0, niceness) == 0 ? 0 : errno;
}

void clinux_keep_freed_memory(int largest, int most) {
    mallopt(M_MMAP_THRESHOLD, largest);
    mallopt(M_TRIM_THRESHOLD, most);
}

int clinux_memory_file(void) {
  int fd = memfd_create("input", MFD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int clinux_spawn_directory(void *actions, const char *directory) {
  return posix_spawn_file_actions_addchdir_np(actions, directory);
}

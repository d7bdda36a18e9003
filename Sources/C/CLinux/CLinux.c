#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

int clinux_ofd_lock(int fd, int exclusive) {
  struct flock lock = {.l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

int clinux_punch_hole(int fd, int64_t offset, int64_t length) {
  return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0 ? 0 : errno;
}

int64_t clinux_birth_time(int fd) {
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &s) != 0 || !(s.stx_mask & STATX_BTIME)) return 0;
  return (int64_t)s.stx_btime.tv_sec * 1000000000 + s.stx_btime.tv_nsec;
}

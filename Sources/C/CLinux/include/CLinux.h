// The few Linux calls and constants that Swift's Glibc module does not bring.
#pragma once
#include <stdint.h>

/// Exclusive (1) or shared (0) open-file-description lock on the whole file, without waiting.
/// Returns 0, or errno.
int clinux_ofd_lock(int fd, int exclusive);

/// Deallocates [offset, offset+length); the range reads as zero afterwards. Returns 0, or errno.
int clinux_punch_hole(int fd, int64_t offset, int64_t length);

/// Begins to write [offset, offset+length) to the disk and does not wait for it. Returns 0, or errno.
int clinux_begin_writing(int fd, int64_t offset, int64_t length);

/// Waits until [offset, offset+length) is written, and gives up the memory that holds it. Returns 0, or errno.
int clinux_finish_writing(int fd, int64_t offset, int64_t length);

/// The first byte at or after `offset` that is data (`hole` 0) or in a hole (1; the end of the file counts as one).
/// Returns -errno; -ENXIO means that there is none.
int64_t clinux_seek(int fd, int64_t offset, int hole);

/// Birth time in nanoseconds since the Unix epoch, or 0 where the file system keeps none.
int64_t clinux_birth_time(int fd);

/// Makes SIGTERM and SIGINT write their number as one byte into a pipe. Returns the pipe's reading end, or
/// -errno. Call once per process.
int clinux_signal_pipe(void);

/// Names the calling thread; Linux keeps 15 bytes.
void clinux_name_thread(const char *name);

/// Makes the calling thread give way to threads of a smaller niceness. Threads and processes that it starts have the
/// same, but for a negative one. Returns 0, or errno.
int clinux_set_niceness(int niceness);

/// Makes the allocator keep pieces of up to `largest` bytes for reuse instead of mapping each anew, and up to `most`
/// free bytes at the end of each arena instead of giving them back to the kernel at once.
void clinux_keep_freed_memory(int largest, int most);

/// An empty file in memory without a name; closed at exec. Returns its descriptor, or -errno.
int clinux_memory_file(void);

/// Adds to a `posix_spawn_file_actions_t` that the program begins in this directory. Returns 0, or errno.
int clinux_spawn_directory(void *actions, const char *directory);

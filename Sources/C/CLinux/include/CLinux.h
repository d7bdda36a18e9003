// The few Linux calls and constants that Swift's Glibc module does not bring.
#pragma once
#include <stdint.h>

/// Exclusive (1) or shared (0) open-file-description lock on the whole file, without waiting.
/// Returns 0, or errno.
int clinux_ofd_lock(int fd, int exclusive);

/// Deallocates [offset, offset+length); the range reads as zero afterwards. Returns 0, or errno.
int clinux_punch_hole(int fd, int64_t offset, int64_t length);

/// Birth time in nanoseconds since the Unix epoch, or 0 where the file system keeps none.
int64_t clinux_birth_time(int fd);

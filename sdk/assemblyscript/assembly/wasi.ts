// The few WASI preview 1 functions the guest library can call. A function that is not called is not imported.

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: u32, vectors: usize, count: usize, written: usize): i32;

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(clock: u32, precision: u64, time: usize): i32;

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(buffer: usize, length: usize): i32;

// @ts-ignore: decorator
@lazy const scratch = memory.data(16, 8);

/** Writes all bytes to standard output (1) or standard error (2); gives up silently when the host refuses. */
export function write(fd: u32, bytes: usize, length: usize): void {
  while (length > 0) {
    store<usize>(scratch, bytes);
    store<usize>(scratch, length, 4);
    if (fd_write(fd, scratch, 1, scratch + 8) != 0) return;
    let written = load<usize>(scratch, 8);
    if (written == 0 || written > length) return;
    bytes += written;
    length -= written;
  }
}

/** Nanoseconds since 1970 (clock 0) or since some fixed point (clock 1). */
export function now(clock: u32): u64 {
  return clock_time_get(clock, 1000, scratch) == 0 ? load<u64>(scratch) : 0;
}

/** 64 random bits. */
export function random(): u64 {
  return random_get(scratch, 8) == 0 ? load<u64>(scratch) : 0;
}

/** Fills memory with random bytes. */
export function fillRandom(bytes: usize, length: usize): void {
  random_get(bytes, length);
}

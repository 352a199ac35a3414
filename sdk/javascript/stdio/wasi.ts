// The WASI that a program sees: its standard streams, an environment, and the end. Clocks and chance are the host's.

import * as environment from "./environment";
import * as streams from "./streams";

// Error numbers of WASI.
const BAD_DESCRIPTOR: i32 = 8;
const NO_MEMORY: i32 = 48;
const NO_SEEK: i32 = 70;

/** Why the program is on its way out: 0 it is not, code + 1, or `ABORTED`. The linker makes calls look at it. */
export let leaving: i32 = 0;
export const ABORTED: i32 = 0x10000;

export function setLeaving(why: i32): void {
  leaving = why;
}

export function proc_exit(code: i32): void {
  leaving = (code & 0x7fff) + 1;
}

export function proc_raise(signal: i32): i32 {
  leaving = 128 + (signal & 0x7f) + 1;
  return 0;
}

export function fd_read(fd: i32, vectors: usize, count: i32, read: usize): i32 {
  if (fd != 0) return BAD_DESCRIPTOR;
  let total: usize = 0;
  for (let i = 0; i < count; ++i) {
    const vector = vectors + ((<usize>i) << 3);
    const size = <usize>load<u32>(vector, 4);
    const taken = streams.takeInput(<usize>load<u32>(vector), size);
    total += taken;
    if (taken < size) break;
  }
  store<u32>(read, <u32>total);
  return 0;
}

export function fd_write(fd: i32, vectors: usize, count: i32, written: usize): i32 {
  if (fd != 1 && fd != 2) return BAD_DESCRIPTOR;
  let total: usize = 0;
  for (let i = 0; i < count; ++i) {
    const vector = vectors + ((<usize>i) << 3);
    const from = <usize>load<u32>(vector);
    const size = <usize>load<u32>(vector, 4);
    if (fd == 2) streams.putErrors(from, size);
    else if (!streams.putOutput(from, size)) return NO_MEMORY;
    total += size;
  }
  store<u32>(written, <u32>total);
  return 0;
}

export function fd_seek(fd: i32, offset: i64, whence: i32, result: usize): i32 {
  return <u32>fd < 3 ? NO_SEEK : BAD_DESCRIPTOR;
}

export function fd_tell(fd: i32, result: usize): i32 {
  return <u32>fd < 3 ? NO_SEEK : BAD_DESCRIPTOR;
}

export function fd_close(fd: i32): i32 {
  return <u32>fd < 3 ? 0 : BAD_DESCRIPTOR;
}

/** No terminal, and all rights: type, flags, rights, rights that are handed on. */
export function fd_fdstat_get(fd: i32, result: usize): i32 {
  if (<u32>fd >= 3) return BAD_DESCRIPTOR;
  store<u64>(result, 0);
  store<u64>(result, 0x1fffffff, 8);
  store<u64>(result, 0, 16);
  return 0;
}

export function fd_fdstat_set_flags(fd: i32, flags: i32): i32 {
  return <u32>fd < 3 ? 0 : BAD_DESCRIPTOR;
}

export function fd_filestat_get(fd: i32, result: usize): i32 {
  if (<u32>fd >= 3) return BAD_DESCRIPTOR;
  memory.fill(result, 0, 64);
  return 0;
}

export function sched_yield(): i32 {
  return 0;
}

/** One argument: a name, since programs expect theirs. */
export function args_sizes_get(count: usize, size: usize): i32 {
  store<u32>(count, 1);
  store<u32>(size, 12);
  return 0;
}

export function args_get(list: usize, text: usize): i32 {
  store<u32>(list, <u32>text);
  // "smartmodule" and its end.
  store<u64>(text, 0x646f6d7472616d73);
  store<u32>(text, 0x00656c75, 8);
  return 0;
}

export function environ_sizes_get(count: usize, size: usize): i32 {
  environment.gather();
  store<u32>(count, <u32>environment.count);
  store<u32>(size, <u32>streams.scratchSize);
  return 0;
}

export function environ_get(list: usize, text: usize): i32 {
  environment.gather();
  let from = streams.scratch;
  const end = from + streams.scratchSize;
  let isStart = true;
  for (let to = text; from < end; ++from, ++to) {
    if (isStart) {
      store<u32>(list, <u32>to);
      list += 4;
    }
    const byte = load<u8>(from);
    store<u8>(to, byte);
    isStart = byte == 0;
  }
  return 0;
}

/** Everything that is waited for has come: nobody sleeps inside a cluster. */
export function poll_oneoff(subscriptions: usize, events: usize, count: i32, done: usize): i32 {
  for (let i = 0; i < count; ++i) {
    const subscription = subscriptions + <usize>i * 48;
    const event = events + ((<usize>i) << 5);
    memory.fill(event, 0, 32);
    store<u64>(event, load<u64>(subscription));
    store<u8>(event, load<u8>(subscription, 8), 10);
  }
  store<u32>(done, <u32>count);
  return 0;
}

/**
 * The WASI a SmartModule sees, preview 1 and the older "unstable" snapshot: standard streams, clocks, random
 * numbers and exit. No arguments, no environment, no files: everything else answers with an errno.
 */
import { HostTrap } from "./trap.ts";
import { ERRNO, Errno, GuestMemory } from "./wasi/memory.ts";
import { pollOneoff } from "./wasi/poll.ts";
import { type WasiModule, wasiType } from "./wasi/signatures.ts";

/** What the host lends to guests. Every member has a default. */
export interface WasiHost {
  /** Receives what guests write to standard output; the bytes are a copy. Default: dropped. */
  stdout?: (bytes: Uint8Array) => void;
  /** Receives what guests write to standard error; the bytes are a copy. Default: dropped. */
  stderr?: (bytes: Uint8Array) => void;
  /** Wall clock in nanoseconds since the epoch. Default: the real one. */
  now?: () => bigint;
  /** Monotonic clock in nanoseconds from any start. Default: the real one. */
  monotonic?: () => bigint;
  /** Fills with random bytes. Default: cryptographic ones. */
  random?: (bytes: Uint8Array) => void;
  /** Blocks for a time, when a guest sleeps. Default: blocks the thread. */
  sleep?: (nanoseconds: bigint) => void;
}

type Stream = "stdin" | "stdout" | "stderr";
type WasiValue = number | bigint;
type WasiFunction = (memory: GuestMemory, args: readonly WasiValue[], module: WasiModule) => void;

/** Largest run of bytes the default random source fills at once. */
const RANDOM_CHUNK = 65_536;
const RIGHT_FD_READ = 2n;
const RIGHT_FD_WRITE = 64n;
const FLAG_APPEND = 1;

/** The WASI state of one chain: all its modules share the streams and clocks. */
export class WasiContext {
  readonly #host: Required<WasiHost>;
  readonly #started: bigint;
  readonly #streams = new Map<number, Stream>([
    [0, "stdin"],
    [1, "stdout"],
    [2, "stderr"],
  ]);
  readonly #functions: Readonly<Record<string, WasiFunction>>;

  constructor(host: WasiHost = {}) {
    this.#host = {
      stdout: host.stdout ?? ignore,
      stderr: host.stderr ?? ignore,
      now: host.now ?? wallClock,
      monotonic: host.monotonic ?? monotonicClock,
      random: host.random ?? randomBytes,
      sleep: host.sleep ?? blockThread,
    };
    this.#started = this.#host.monotonic();
    this.#functions = this.#table();
  }

  /** The function behind an import; `memory` gives the guest's memory at the time of a call. */
  link(
    module: string,
    name: string,
    memory: () => ArrayBufferLike | null,
  ): (...args: WasiValue[]) => number | undefined {
    const type = wasiType(module, name);
    if (type === null) throw new TypeError(`${module}.${name} is no WASI function`);
    const implementation = this.#functions[name];
    return (...args) => {
      const buffer = memory();
      if (buffer === null) throw new HostTrap("missing required memory export");
      try {
        implementation?.(new GuestMemory(buffer), args, module as WasiModule);
        return ERRNO.success;
      } catch (error) {
        if (error instanceof Errno) return error.errno;
        throw error;
      }
    };
  }

  #table(): Record<string, WasiFunction> {
    const host = this.#host;
    const fail = (errno: number) => (): never => {
      throw new Errno(errno);
    };
    // For functions that need a directory: none is open, so every descriptor is a bad one.
    const noDirectory = fail(ERRNO.badf);
    // For functions a stream does not support: badf whether it is open or not.
    const unsupported = fail(ERRNO.badf);
    const zeros: WasiFunction = (memory, [first, second]) => {
      memory.setU32(Number(first), 0);
      memory.setU32(Number(second), 0);
    };
    const nothing: WasiFunction = () => {};
    const opened: WasiFunction = (_memory, [fd]) => {
      this.#stream(fd);
    };
    const seek = (fd: WasiValue | undefined): never => {
      throw new Errno(this.#stream(fd) === "stdin" ? ERRNO.badf : ERRNO.spipe);
    };
    return {
      args_get: nothing,
      args_sizes_get: zeros,
      environ_get: nothing,
      environ_sizes_get: zeros,
      clock_res_get: (memory, [id, result]) => {
        checkClock(Number(id));
        memory.setU64(Number(result), 1n);
      },
      clock_time_get: (memory, [id, , result]) => {
        checkClock(Number(id));
        const time = Number(id) === 0 ? host.now() : this.#monotonic();
        memory.setU64(Number(result), BigInt.asUintN(64, time));
      },
      fd_advise: (_memory, [fd, , , advice]) => {
        if (Number(advice) >>> 0 > 5) throw new Errno(ERRNO.inval);
        this.#stream(fd);
        throw new Errno(ERRNO.badf);
      },
      fd_allocate: (_memory, [fd]) => {
        this.#stream(fd);
        throw new Errno(ERRNO.notsup);
      },
      fd_close: (_memory, [fd]) => {
        this.#stream(fd);
        this.#streams.delete(Number(fd));
      },
      fd_datasync: opened,
      fd_sync: opened,
      fd_fdstat_get: (memory, [fd, result]) => {
        const input = this.#stream(fd) === "stdin";
        const at = memory.clear(Number(result), 24, 8);
        memory.setU16(at + 2, input ? 0 : FLAG_APPEND);
        memory.setU64(at + 8, input ? RIGHT_FD_READ : RIGHT_FD_WRITE);
      },
      fd_fdstat_set_flags: unsupported,
      fd_fdstat_set_rights: opened,
      fd_filestat_get: (memory, [fd, result], module) => {
        this.#stream(fd);
        memory.clear(Number(result), module === "wasi_unstable" ? 56 : 64, 8);
      },
      fd_filestat_set_size: unsupported,
      fd_filestat_set_times: (_memory, [fd, , , flags]) => {
        checkTimes(Number(flags));
        if (this.#stream(fd) === "stdin") throw new Errno(ERRNO.badf);
      },
      fd_read: (memory, [fd, iovs, count, result]) => {
        if (this.#stream(fd) !== "stdin") throw new Errno(ERRNO.badf);
        memory.iovecs(Number(iovs), Number(count));
        memory.setU32(Number(result), 0);
      },
      fd_pread: unsupported,
      fd_write: (memory, [fd, iovs, count, result]) => {
        const stream = this.#stream(fd);
        if (stream === "stdin") throw new Errno(ERRNO.badf);
        const written = this.#write(stream, memory.iovecs(Number(iovs), Number(count)));
        memory.setU32(Number(result), written);
      },
      fd_pwrite: (_memory, [fd]) => seek(fd),
      fd_seek: (_memory, [fd, , whence]) => {
        if (Number(whence) >>> 0 > 2) throw new Errno(ERRNO.inval);
        seek(fd);
      },
      fd_tell: (_memory, [fd]) => seek(fd),
      fd_renumber: (_memory, [from, to]) => {
        const stream = this.#stream(from);
        this.#streams.delete(Number(from));
        this.#streams.set(Number(to), stream);
      },
      fd_prestat_get: noDirectory,
      fd_prestat_dir_name: fail(ERRNO.notdir),
      fd_readdir: noDirectory,
      path_create_directory: noDirectory,
      path_filestat_get: noDirectory,
      path_filestat_set_times: (_memory, args) => {
        checkTimes(Number(args[6]));
        throw new Errno(ERRNO.badf);
      },
      path_link: noDirectory,
      path_open: (_memory, [fd]) => {
        throw new Errno(this.#streams.has(Number(fd)) ? ERRNO.notdir : ERRNO.badf);
      },
      path_readlink: noDirectory,
      path_remove_directory: noDirectory,
      path_rename: noDirectory,
      path_symlink: noDirectory,
      path_unlink_file: noDirectory,
      poll_oneoff: (memory, [subscriptions, events, count, result], module) => {
        const poll = {
          monotonic: () => this.#monotonic(),
          sleep: host.sleep,
          stream: (fd: number) => this.#stream(fd),
        };
        const ready = pollOneoff(memory, module, poll, Number(subscriptions), Number(events), Number(count));
        memory.setU32(Number(result), ready);
      },
      proc_exit: (_memory, [status]) => {
        const code = Number(status) >>> 0;
        throw new HostTrap(
          code < 126
            ? `Exited with i32 exit status ${code}`
            : "exit with invalid exit status outside of [0..126)",
        );
      },
      proc_raise: () => {
        throw new HostTrap("proc_raise unsupported");
      },
      random_get: (memory, [pointer, length]) => {
        host.random(memory.slice(Number(pointer), Number(length)));
      },
      sched_yield: nothing,
      sock_accept: unsupported,
      sock_recv: unsupported,
      sock_send: unsupported,
      sock_shutdown: unsupported,
    };
  }

  #stream(fd: WasiValue | undefined): Stream {
    const stream = this.#streams.get(Number(fd));
    if (stream === undefined) throw new Errno(ERRNO.badf);
    return stream;
  }

  #monotonic(): bigint {
    return this.#host.monotonic() - this.#started;
  }

  #write(stream: "stdout" | "stderr", ranges: readonly Uint8Array[]): number {
    const length = ranges.reduce((sum, range) => sum + range.length, 0);
    if (length > 0xffff_ffff) throw new Errno(ERRNO.overflow);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const range of ranges) {
      bytes.set(range, at);
      at += range.length;
    }
    try {
      this.#host[stream](bytes);
    } catch {
      // A sink that fails is the guest's broken pipe, not the host's fault.
      throw new Errno(ERRNO.io);
    }
    return length;
  }
}

/** Process and thread clocks exist but are not supported; other numbers are no clocks. */
function checkClock(id: number): void {
  if (id >>> 0 > 3) throw new Errno(ERRNO.inval);
  if (id >= 2) throw new Errno(ERRNO.badf);
}

/** A time cannot be given and be "now" as well. */
function checkTimes(flags: number): void {
  if ((flags & 0b0011) === 0b0011 || (flags & 0b1100) === 0b1100 || (flags & ~0b1111) !== 0) {
    throw new Errno(ERRNO.inval);
  }
}

function ignore(): void {}

function wallClock(): bigint {
  const ms = performance.timeOrigin + performance.now();
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

function monotonicClock(): bigint {
  return BigInt(Math.round(performance.now() * 1e6));
}

function randomBytes(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += RANDOM_CHUNK) {
    const chunk = new Uint8Array(Math.min(RANDOM_CHUNK, bytes.length - at));
    crypto.getRandomValues(chunk);
    bytes.set(chunk, at);
  }
}

function blockThread(nanoseconds: bigint): void {
  const ms = Number(nanoseconds) / 1e6;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, 2 ** 40));
}

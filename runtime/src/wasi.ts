/**
 * The WASI a SmartModule sees, preview 1 and the older "unstable" snapshot: standard streams, clocks, random
 * numbers and exit. No arguments, no environment, no files: everything else answers with an errno.
 */
import { HostTrap } from "./host-trap.ts";
import { ERRNO, Errno, WasiCall, type WasiValue } from "./wasi/call.ts";
import { GuestMemory } from "./wasi/memory.ts";
import { pollOneoff } from "./wasi/poll.ts";
import { type WasiModule, wasiType } from "./wasi/signatures.ts";

/** What the host lends to guests. Every member has a default. */
export interface WasiHost {
  /** Receives what the guest called `module` writes to standard output; the bytes are a copy. Default: dropped. */
  stdout?: (bytes: Uint8Array, module: string) => void;
  /** The same for standard error. Default: dropped. */
  stderr?: (bytes: Uint8Array, module: string) => void;
  /** Wall clock in nanoseconds since the epoch. Default: the real one. */
  now?: () => bigint;
  /** Monotonic clock in nanoseconds from any start; also times the metrics. Default: the real one. */
  monotonic?: () => bigint;
  /** Fills with random bytes. Default: cryptographic ones. */
  random?: (bytes: Uint8Array) => void;
  /** Blocks for a time, when a guest sleeps. Default: blocks the thread. */
  sleep?: (nanoseconds: bigint) => void;
}

type Stream = "stdin" | "stdout" | "stderr";
type WasiFunction = (call: WasiCall) => void;

/** Largest run of bytes the default random source fills at once. */
const RANDOM_CHUNK = 65_536;
const RIGHT_FD_READ = 2n;
const RIGHT_FD_WRITE = 64n;
const FLAG_APPEND = 1;
/** Bytes one write takes at most: ranges may overlap, so a guest can ask for more than it has. */
const MAX_WRITE = 16 * 1024 * 1024;

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
  /** Name of the module that runs: whoever sets it makes the next guest call. */
  speaker = "";

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
        implementation?.(new WasiCall(new GuestMemory(buffer), module as WasiModule, name, args));
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
    const nothing: WasiFunction = () => {};
    const opened: WasiFunction = (call) => {
      this.#stream(call.int(0));
    };
    const zeros: WasiFunction = (call) => {
      call.size(0, 0);
      call.size(1, 0);
    };
    const seek: WasiFunction = (call) => {
      throw new Errno(this.#stream(call.int(0)) === "stdin" ? ERRNO.badf : ERRNO.spipe);
    };
    // Functions that need a directory (none is open), and functions no stream supports: bad descriptor either way.
    const badDescriptor = fail(ERRNO.badf);
    // The older snapshot never had sockets.
    const socket =
      (name: string): WasiFunction =>
      (call) => {
        if (call.module === "wasi_unstable") throw new HostTrap(`${name} unsupported`);
        throw new Errno(ERRNO.badf);
      };
    return {
      args_get: nothing,
      args_sizes_get: zeros,
      environ_get: nothing,
      environ_sizes_get: zeros,
      clock_res_get: (call) => {
        checkClock(call.int(0));
        call.timestamp(1, 1n);
      },
      clock_time_get: (call) => {
        checkClock(call.int(0));
        call.timestamp(2, call.int(0) === 0 ? host.now() : this.#monotonic());
      },
      fd_advise: badDescriptor,
      fd_allocate: (call) => {
        this.#stream(call.int(0));
        throw new Errno(ERRNO.notsup);
      },
      fd_close: (call) => {
        this.#stream(call.int(0));
        this.#streams.delete(call.int(0));
      },
      fd_datasync: opened,
      fd_sync: opened,
      fd_fdstat_get: (call) => this.#fdstat(call),
      fd_fdstat_set_flags: badDescriptor,
      fd_fdstat_set_rights: opened,
      fd_filestat_get: (call) => this.#filestat(call),
      fd_filestat_set_size: badDescriptor,
      fd_filestat_set_times: (call) => {
        checkTimes(call.int(3));
        if (this.#stream(call.int(0)) === "stdin") throw new Errno(ERRNO.badf);
      },
      fd_read: (call) => this.#read(call),
      fd_pread: badDescriptor,
      fd_write: (call) => this.#write(call),
      fd_pwrite: seek,
      fd_seek: (call) => {
        const set = call.module === "wasi_unstable" ? 2 : 0;
        if (call.int(2) === set && call.long(1) < 0n) throw new Errno(ERRNO.inval);
        seek(call);
      },
      fd_tell: seek,
      fd_renumber: (call) => {
        const stream = this.#stream(call.int(0));
        this.#streams.delete(call.int(0));
        this.#streams.set(call.int(1), stream);
      },
      fd_prestat_get: badDescriptor,
      fd_prestat_dir_name: fail(ERRNO.notdir),
      fd_readdir: badDescriptor,
      path_create_directory: badDescriptor,
      path_filestat_get: badDescriptor,
      path_filestat_set_times: (call) => {
        checkTimes(call.int(6));
        throw new Errno(ERRNO.badf);
      },
      path_link: badDescriptor,
      path_open: (call) => {
        throw new Errno(this.#streams.has(call.int(0)) ? ERRNO.notdir : ERRNO.badf);
      },
      path_readlink: badDescriptor,
      path_remove_directory: badDescriptor,
      path_rename: badDescriptor,
      path_symlink: badDescriptor,
      path_unlink_file: badDescriptor,
      poll_oneoff: (call) => {
        const ready = pollOneoff(call, {
          monotonic: () => this.#monotonic(),
          sleep: host.sleep,
          stream: (fd) => this.#stream(fd),
        });
        call.size(3, ready);
      },
      proc_exit: (call) => {
        const code = call.int(0) >>> 0;
        const known = code < 126;
        throw new HostTrap(
          known ? `Exited with i32 exit status ${code}` : "exit with invalid exit status outside of [0..126)",
        );
      },
      proc_raise: () => {
        throw new HostTrap("proc_raise unsupported");
      },
      random_get: (call) => host.random(call.memory.slice(call.int(0), call.int(1))),
      sched_yield: nothing,
      sock_accept: badDescriptor,
      sock_recv: socket("sock_recv"),
      sock_send: socket("sock_send"),
      sock_shutdown: socket("sock_shutdown"),
    };
  }

  #stream(fd: number): Stream {
    const stream = this.#streams.get(fd);
    if (stream === undefined) throw new Errno(ERRNO.badf);
    return stream;
  }

  #monotonic(): bigint {
    return this.#host.monotonic() - this.#started;
  }

  #fdstat(call: WasiCall): void {
    const input = this.#stream(call.int(0)) === "stdin";
    const { memory } = call;
    const at = call.int(1);
    call.result("fdstat", () => {
      memory.setU8(at, 0); // file type: unknown
      memory.setU16(at + 2, input ? 0 : FLAG_APPEND);
      memory.setU64(at + 8, input ? RIGHT_FD_READ : RIGHT_FD_WRITE);
      memory.setU64(at + 16, 0n);
    });
  }

  #filestat(call: WasiCall): void {
    this.#stream(call.int(0));
    const { memory } = call;
    const at = call.int(1);
    call.result("filestat", () => {
      memory.setU64(at, 0n);
      memory.setU64(at + 8, 0n);
      memory.setU8(at + 16, 0);
      // The older snapshot counts links in 32 bits.
      if (call.module === "wasi_unstable") memory.setU32(at + 20, 0);
      else memory.setU64(at + 24, 0n);
      const rest = call.module === "wasi_unstable" ? 24 : 32;
      for (let field = 0; field < 32; field += 8) memory.setU64(at + rest + field, 0n);
    });
  }

  /** Standard input is at its end. */
  #read(call: WasiCall): void {
    if (this.#stream(call.int(0)) !== "stdin") throw new Errno(ERRNO.badf);
    let first: { pointer: number; length: number } | null = null;
    for (const range of call.iovecs(1)) if (first === null && range.length > 0) first = range;
    if (first !== null) call.memory.slice(first.pointer, first.length);
    call.size(3, 0);
  }

  #write(call: WasiCall): void {
    const stream = this.#stream(call.int(0));
    if (stream === "stdin") throw new Errno(ERRNO.badf);
    let total = 0;
    for (const range of call.iovecs(1)) total += call.memory.slice(range.pointer, range.length).length;
    // More than this is a partial write, which the interface allows.
    const bytes = new Uint8Array(Math.min(total, MAX_WRITE));
    let at = 0;
    for (const range of call.iovecs(1)) {
      if (at === bytes.length) break;
      const part = call.memory.slice(range.pointer, Math.min(range.length, bytes.length - at));
      bytes.set(part, at);
      at += part.length;
    }
    try {
      this.#host[stream](bytes, this.speaker);
    } catch {
      // A sink that fails is the guest's broken pipe, not the host's fault.
      throw new Errno(ERRNO.io);
    }
    call.size(3, bytes.length);
  }
}

/** Process and thread clocks exist but are not supported. */
function checkClock(id: number): void {
  if (id >= 2) throw new Errno(ERRNO.badf);
}

/** A time cannot be given and be "now" as well. */
function checkTimes(flags: number): void {
  if ((flags & 0b0011) === 0b0011 || (flags & 0b1100) === 0b1100) {
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

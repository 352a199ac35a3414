/** One call of a WASI function: its arguments, checked, and the way results get back into guest memory. */
import { HostTrap } from "../host-trap.ts";
import type { GuestMemory } from "./memory.ts";
import type { WasiModule } from "./signatures.ts";

export const ERRNO = {
  success: 0,
  badf: 8,
  inval: 28,
  io: 29,
  notdir: 54,
  notsup: 58,
  spipe: 70,
} as const;

/** Ends a WASI function with an errno for the guest. */
export class Errno extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

export type WasiValue = number | bigint;

/** Enumerations: number of values and width in bits. */
const ENUMS: Readonly<Record<string, { count: number; bits: number }>> = {
  Clockid: { count: 4, bits: 32 },
  Advice: { count: 6, bits: 8 },
  Whence: { count: 3, bits: 8 },
  Signal: { count: 31, bits: 8 },
};

/** Flags: the bits that exist and width in bits. */
const FLAGS: Readonly<Record<string, { mask: bigint; bits: number }>> = {
  Fdflags: { mask: 0x1fn, bits: 16 },
  Fstflags: { mask: 0x0fn, bits: 16 },
  Lookupflags: { mask: 0x01n, bits: 32 },
  Oflags: { mask: 0x0fn, bits: 16 },
  Rights: { mask: (1n << 30n) - 1n, bits: 64 },
  u16: { mask: 0xffffn, bits: 16 },
  Riflags: { mask: 0x03n, bits: 16 },
  Sdflags: { mask: 0x03n, bits: 8 },
};

/** Arguments with a type narrower than their number, by function: index and type. */
const NARROW: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  clock_res_get: [[0, "Clockid"]],
  clock_time_get: [[0, "Clockid"]],
  fd_advise: [[3, "Advice"]],
  fd_fdstat_set_flags: [[1, "Fdflags"]],
  fd_fdstat_set_rights: [
    [1, "Rights"],
    [2, "Rights"],
  ],
  fd_filestat_set_times: [[3, "Fstflags"]],
  fd_seek: [[2, "Whence"]],
  path_filestat_get: [[1, "Lookupflags"]],
  path_filestat_set_times: [
    [1, "Lookupflags"],
    [6, "Fstflags"],
  ],
  path_link: [[1, "Lookupflags"]],
  path_open: [
    [1, "Lookupflags"],
    [4, "Oflags"],
    [5, "Rights"],
    [6, "Rights"],
    [7, "Fdflags"],
  ],
  proc_raise: [[0, "Signal"]],
  sock_accept: [[1, "Fdflags"]],
  sock_recv: [[3, "Riflags"]],
  sock_send: [[3, "u16"]],
  sock_shutdown: [[1, "Sdflags"]],
};

export class WasiCall {
  readonly memory: GuestMemory;
  readonly module: WasiModule;
  readonly #name: string;
  readonly #args: readonly WasiValue[];

  /** Checks the narrow arguments; a value they cannot have traps, as in the reference host. */
  constructor(memory: GuestMemory, module: WasiModule, name: string, args: readonly WasiValue[]) {
    this.memory = memory;
    this.module = module;
    this.#name = name;
    this.#args = args;
    for (const [index, type] of NARROW[name] ?? []) {
      const fault = narrowFault(BigInt(args[index] ?? 0), type, module);
      if (fault !== null)
        throw new HostTrap(`In func ${module}::${name} at convert ${type}: ${fault[0]}`, fault);
    }
  }

  /** An i32 argument. */
  int(index: number): number {
    return Number(this.#args[index]);
  }

  /** An i64 argument. */
  long(index: number): bigint {
    return BigInt(this.#args[index]!);
  }

  /** Writes a result of the given WASI type name; bad pointers are reported with it. */
  result(type: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof HostTrap)) throw error;
      throw new HostTrap(`In func ${this.module}::${this.#name} at write ${type}: ${error.message}`, [
        error.message,
      ]);
    }
  }

  size(pointerIndex: number, value: number): void {
    this.result("size", () => this.memory.setU32(this.int(pointerIndex), value));
  }

  timestamp(pointerIndex: number, value: bigint): void {
    this.result("timestamp", () => this.memory.setU64(this.int(pointerIndex), BigInt.asUintN(64, value)));
  }

  /** The ranges of an array of iovecs, one after the other, not yet checked. */
  *iovecs(pointerIndex: number): Generator<{ pointer: number; length: number }> {
    const count = this.int(pointerIndex + 1) >>> 0;
    let at = this.int(pointerIndex) >>> 0;
    for (let i = 0; i < count; i++, at += 8) {
      yield { pointer: this.memory.getU32(at), length: this.memory.getU32(at + 4) };
    }
  }
}

function narrowFault(value: bigint, type: string, module: WasiModule): string[] | null {
  const kind = ENUMS[type] ?? FLAGS[type]!;
  if (value < 0n || value >= 1n << BigInt(kind.bits)) {
    return ["Int conversion error: TryFromIntError(())", "out of range integral type conversion attempted"];
  }
  if ("count" in kind) return value < BigInt(kind.count) ? null : [`Invalid enum value ${type}`];
  // The older snapshot lacks the last right, to accept connections.
  const mask = type === "Rights" && module === "wasi_unstable" ? kind.mask >> 1n : kind.mask;
  return (value & ~mask) === 0n ? null : [`Invalid flag value ${type}`];
}

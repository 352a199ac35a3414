/** Typed access to guest memory with the checks WASI hosts make: bounds and alignment, as errno. */

export const ERRNO = {
  success: 0,
  badf: 8,
  fault: 21,
  inval: 28,
  io: 29,
  notdir: 54,
  notsup: 58,
  overflow: 61,
  spipe: 70,
} as const;

/** Leaves a WASI function with an errno. */
export class Errno extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

export class GuestMemory {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(buffer: ArrayBufferLike) {
    this.bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** A view of guest bytes; pointers are unsigned. */
  slice(pointer: number, length: number): Uint8Array {
    const at = this.#check(pointer, length, 1);
    return this.bytes.subarray(at, at + (length >>> 0));
  }

  getU8(pointer: number): number {
    return this.#view.getUint8(this.#check(pointer, 1, 1));
  }

  getU16(pointer: number): number {
    return this.#view.getUint16(this.#check(pointer, 2, 2), true);
  }

  getU32(pointer: number): number {
    return this.#view.getUint32(this.#check(pointer, 4, 4), true);
  }

  getU64(pointer: number): bigint {
    return this.#view.getBigUint64(this.#check(pointer, 8, 8), true);
  }

  setU8(pointer: number, value: number): void {
    this.#view.setUint8(this.#check(pointer, 1, 1), value);
  }

  setU16(pointer: number, value: number): void {
    this.#view.setUint16(this.#check(pointer, 2, 2), value, true);
  }

  setU32(pointer: number, value: number): void {
    this.#view.setUint32(this.#check(pointer, 4, 4), value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.#view.setBigUint64(this.#check(pointer, 8, 8), value, true);
  }

  /** Zeroes an aligned structure. */
  clear(pointer: number, length: number, align: number): number {
    const at = this.#check(pointer, length, align);
    this.bytes.fill(0, at, at + length);
    return at;
  }

  /** The byte ranges an iovec array names. */
  iovecs(pointer: number, count: number): Uint8Array[] {
    const total = count >>> 0;
    const at = this.#check(pointer, total * 8, 4);
    const ranges: Uint8Array[] = [];
    for (let i = 0; i < total; i++) {
      ranges.push(this.slice(this.getU32(at + i * 8), this.getU32(at + i * 8 + 4)));
    }
    return ranges;
  }

  #check(pointer: number, length: number, align: number): number {
    const at = pointer >>> 0;
    if (at + (length < 0 ? length >>> 0 : length) > this.bytes.length) throw new Errno(ERRNO.fault);
    if (at % align !== 0) throw new Errno(ERRNO.inval);
    return at;
  }
}

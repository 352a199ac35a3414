/**
 * Access to guest memory as WASI hosts do it: a pointer outside of the memory or not aligned traps, with the region
 * in the text.
 */
import { HostTrap } from "../host-trap.ts";

export class GuestMemory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(buffer: ArrayBufferLike) {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** A view of guest bytes. Pointers and lengths are unsigned, whatever the sign of the number. */
  slice(pointer: number, length: number): Uint8Array {
    const at = this.#check(pointer, length >>> 0, 1);
    return this.#bytes.subarray(at, at + (length >>> 0));
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

  #check(pointer: number, length: number, align: number): number {
    const start = pointer >>> 0;
    if (start + length > this.#bytes.length)
      throw new HostTrap(`Pointer out of bounds: ${region(start, length)}`);
    if (start % align !== 0) throw new HostTrap(`Pointer not aligned to ${align}: ${region(start, length)}`);
    return start;
  }
}

function region(start: number, length: number): string {
  return `Region { start: ${start}, len: ${length} }`;
}

/**
 * Buffers that came back from a thread and go there again with the next records: fresh memory costs several times the
 * copy into it.
 */

/** Bytes kept for one chain, and of one buffer. */
const MAX_KEPT = 32 * 1024 * 1024;
const MAX_BUFFER = 8 * 1024 * 1024;
const MIN_BUFFER = 4096;
/** A buffer is not used for records that leave more of it empty. */
const MAX_RATIO = 8;

export class SpareBuffers {
  #spare: ArrayBuffer[] = [];
  #bytes = 0;

  /** A buffer of at least `length` bytes, with anything in it. */
  take(length: number): ArrayBuffer {
    const at = this.#spare.findIndex(
      ({ byteLength }) => byteLength >= length && byteLength <= length * MAX_RATIO,
    );
    // Memory that is about to be overwritten need not be filled with zeros first.
    if (at < 0) return Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer;
    const [buffer] = this.#spare.splice(at, 1);
    this.#bytes -= buffer!.byteLength;
    return buffer!;
  }

  /** Nobody needs the buffer any more. */
  keep(buffer: ArrayBuffer): void {
    const { byteLength } = buffer;
    if (byteLength < MIN_BUFFER || byteLength > MAX_BUFFER || this.#bytes + byteLength > MAX_KEPT) return;
    this.#spare.push(buffer);
    this.#bytes += byteLength;
  }
}

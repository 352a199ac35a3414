/**
 * Memory for batches that are written and sent all the time: pieces that are used again once every batch in them is
 * done with, since new memory costs page faults and garbage collection.
 */

/** Size of a piece; large enough that allocating one is rare, small enough to stay in a processor's cache. */
const SLAB_BYTES = 262_144;

interface Lent {
  readonly slab: Buffer;
  /** Batches that lie in it, and the builder that still writes to it. */
  users: number;
}

export class Slabs {
  readonly slabBytes: number;
  private readonly maxSpare: number;
  private readonly spare: Buffer[] = [];
  /** Weak, so that a batch which is never released only costs its slab. */
  private readonly lent = new WeakMap<ArrayBufferLike, Lent>();

  /** `maxSpareBytes` is the memory kept for later use. */
  constructor(maxSpareBytes = 4_194_304, slabBytes = SLAB_BYTES) {
    this.slabBytes = slabBytes;
    this.maxSpare = Math.floor(maxSpareBytes / slabBytes);
  }

  /** A slab with one user. Its content is arbitrary. */
  take(): Buffer {
    const slab = this.spare.pop() ?? Buffer.allocUnsafeSlow(this.slabBytes);
    this.lent.set(slab.buffer, { slab, users: 1 });
    return slab;
  }

  /** Counts one more user of the slab that `bytes` lies in. Other memory is ignored. */
  share(bytes: Uint8Array): void {
    const lent = this.lent.get(bytes.buffer);
    if (lent !== undefined) lent.users++;
  }

  /** Ends one use. Nobody may look at `bytes` any more. Other memory is ignored. */
  release(bytes: Uint8Array): void {
    const lent = this.lent.get(bytes.buffer);
    if (lent === undefined || --lent.users > 0) return;
    this.lent.delete(bytes.buffer);
    if (this.spare.length < this.maxSpare) this.spare.push(lent.slab);
  }
}

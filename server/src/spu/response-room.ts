// Bounds what responses that clients have not taken yet hold together, however many clients there are.

/** Bytes of responses beyond which new ones become small. */
const PLENTY_BYTES = 256 * 1024 * 1024;
/** What a response may have then; a single batch may be larger. */
const SMALL_RESPONSE_BYTES = 64 * 1024;

export class ResponseRoom {
  #held = 0;

  /** Sets up to `wanted` bytes aside for a response, and says how many; to be given back when it is on its way. */
  take(wanted: number): number {
    const granted = this.#held < PLENTY_BYTES ? wanted : Math.min(wanted, SMALL_RESPONSE_BYTES);
    this.#held += granted;
    return granted;
  }

  giveBack(granted: number): void {
    this.#held -= granted;
  }
}

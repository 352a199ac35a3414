/** The answers to a streaming request, in a bounded queue. */

/** Frames that may wait before the connection stops reading. */
const QUEUE_LIMIT = 10;

export interface StreamHooks {
  /** The queue has become full, or is not full any more. */
  full(full: boolean): void;
  ended(): void;
}

export class ResponseStream<T> {
  private readonly decode: (frame: Uint8Array) => T;
  private readonly hooks: StreamHooks;
  private readonly queue: Uint8Array[] = [];
  private waiter: { resolve(value: T | null): void; reject(error: unknown): void } | null = null;
  private isFull = false;
  private finished = false;
  private failure: unknown = null;

  constructor(decode: (frame: Uint8Array) => T, hooks: StreamHooks) {
    this.decode = decode;
    this.hooks = hooks;
  }

  /** The next answer; null after `end()`. Fails once the connection has failed and the queue is empty. */
  async next(): Promise<T | null> {
    const frame = this.queue.shift();
    if (frame !== undefined) {
      if (this.isFull && this.queue.length < QUEUE_LIMIT / 2) {
        this.isFull = false;
        this.hooks.full(false);
      }
      return this.decode(frame);
    }
    if (this.failure !== null) throw this.failure;
    if (this.finished) return null;
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
    });
  }

  /** Takes a frame of the connection. */
  push(frame: Uint8Array): void {
    if (this.finished) return;
    if (this.waiter !== null) {
      const { resolve, reject } = this.waiter;
      this.waiter = null;
      try {
        resolve(this.decode(frame));
      } catch (error) {
        reject(error);
      }
      return;
    }
    this.queue.push(frame);
    if (!this.isFull && this.queue.length >= QUEUE_LIMIT) {
      this.isFull = true;
      this.hooks.full(true);
    }
  }

  /** Gives the stream up: waiting answers are dropped and `next()` gives null. The peer is not told. */
  end(): void {
    if (this.finished) return;
    this.finished = true;
    this.queue.length = 0;
    this.hooks.ended();
    this.waiter?.resolve(null);
    this.waiter = null;
  }

  /** The connection is gone; what has arrived can still be read. */
  fail(error: unknown): void {
    if (this.finished) return;
    this.finished = true;
    this.failure = error;
    this.hooks.ended();
    this.waiter?.reject(error);
    this.waiter = null;
  }
}

// The consumer streams of one client connection, by the stream ids that the client acknowledges with.
import { Gate } from "./gate.ts";
import type { ConsumerStream } from "./stream-fetch.ts";

/** Whose offset a stream's client may save. */
type StreamConsumer = {
  topic: string;
  partition: number;
  consumerId: string | null;
  /** Aborted when the replica is no longer served, with the reason that it gives. */
  replicaEnded: AbortSignal;
};

/** Responses being read or sent at a time per connection, so that a slow client holds few buffers. */
const MAX_SENDING = 2;
/** Responses made by SmartModules at a time per connection. */
const MAX_MAKING = 8;
/** Ended streams remembered for late acknowledgements. */
const MAX_ENDED = 256;

export class ConnectionStreams {
  /** Streams of the connection that read or send a response. */
  readonly sending = new Gate(MAX_SENDING);
  /** Streams of the connection that make a response, or hold one that waits to be sent. */
  readonly making = new Gate(MAX_MAKING);
  #lastId = 0;
  readonly #open = new Map<number, ConsumerStream>();
  /** Consumers of open and of recently ended streams; the order is that of the ids. */
  readonly #consumers = new Map<number, StreamConsumer>();

  /** Takes the next stream id, counting from 1. */
  add(consumer: StreamConsumer): number {
    this.#lastId++;
    this.#consumers.set(this.#lastId, consumer);
    return this.#lastId;
  }

  started(id: number, stream: ConsumerStream): void {
    this.#open.set(id, stream);
  }

  ended(id: number): void {
    this.#open.delete(id);
    if (this.#consumers.size - this.#open.size <= MAX_ENDED) return;
    for (const known of this.#consumers.keys()) {
      if (this.#open.has(known)) continue;
      this.#consumers.delete(known);
      return;
    }
  }

  /** Hands an acknowledgement to its stream; false if there was never a stream of that id. */
  acknowledge(id: number, offset: bigint): boolean {
    this.#open.get(id)?.acknowledge(offset);
    return id >= 1 && id <= this.#lastId;
  }

  consumer(id: number): StreamConsumer | undefined {
    return this.#consumers.get(id);
  }
}

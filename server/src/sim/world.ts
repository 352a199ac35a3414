/**
 * Virtual time. Everything that happens in a simulation is an event at a moment; events happen one by one, and time
 * jumps from one to the next. Of events at the same moment, chance decides which comes first.
 */

import { nodeClock } from "../env/index.ts";
import type { Timer } from "../env/types.ts";
import { SimRandom } from "./random.ts";
import { Trace } from "./trace.ts";

interface Event {
  readonly atMs: number;
  /** Decides between events of the same moment. */
  readonly tie: number;
  readonly name: string;
  run: (() => void) | undefined;
}

/** What happens in a run is told by the seed alone; this is thrown when it is not what should happen. */
export class SimFailure extends Error {
  readonly code = "SMDK_SIM_FAILURE";
}

export class World {
  /** For the order of events; each part of a simulation takes a fork for its own needs. */
  readonly random: SimRandom;
  readonly trace: Trace;
  readonly #queue: Event[] = [];
  readonly #nextTurn = nodeClock().nextTurn;
  #nowMs = 0;

  /** `kept`: how many of the last events the trace keeps in words. */
  constructor(seed: number, kept = 60) {
    this.random = new SimRandom(seed);
    this.trace = new Trace(kept);
  }

  /** Milliseconds since the beginning of the world. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Takes note of something that has no event of its own. */
  note(event: string): void {
    this.trace.add(this.#nowMs, event);
  }

  /** Makes something happen `ms` from now. An empty name keeps it out of the trace. */
  after(ms: number, name: string, run: () => void): Timer {
    const event: Event = { atMs: this.#nowMs + Math.max(0, ms), tie: this.random.word(), name, run };
    push(this.#queue, event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /**
   * Lets time go by until `main` has settled, and gives its result.
   * @throws SimFailure when nothing is left to happen, or `limitMs` of virtual time are over, before that.
   */
  async run<T>(main: Promise<T>, limitMs: number): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    main.then(done, done);
    // In a process of its own this would be the end of the server.
    let unhandled: { reason: unknown } | undefined;
    const onUnhandled = (reason: unknown) => {
      unhandled = { reason };
    };
    process.on("unhandledRejection", onUnhandled);
    try {
      await this.#passTime(() => {
        if (unhandled !== undefined) throw unhandled.reason;
        return settled;
      }, limitMs);
    } finally {
      process.off("unhandledRejection", onUnhandled);
    }
    return main;
  }

  async #passTime(isOver: () => boolean, limitMs: number): Promise<void> {
    // A turn of the event loop goes by after each event, in which all that follows from it at once is done.
    await this.#nextTurn();
    while (!isOver()) {
      const event = pop(this.#queue);
      if (event === undefined) throw new SimFailure("everybody waits, and nothing is left to happen");
      if (event.run === undefined) continue;
      if (event.atMs > limitMs) throw new SimFailure(`not done after ${limitMs} ms`);
      this.#nowMs = event.atMs;
      if (event.name !== "") this.trace.add(event.atMs, event.name);
      event.run();
      await this.#nextTurn();
    }
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.tie < b.tie;
}

/** Adds to a binary heap. */
function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(event, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = event;
}

/** Takes the first event off the heap. */
function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}

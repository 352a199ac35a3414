/** A process of the simulation, which may end at any moment, and the clock it sees. */

import { sleepOn } from "../env/sleep.ts";
import type { Clock, Timer } from "../env/types.ts";
import type { SimRandom } from "./random.ts";
import type { World } from "./world.ts";

/** Timers are late by up to this many ms. */
const LATE_MS = 2;
/** Most ms that a turn of the event loop takes. */
const TURN_MS = 4;
/** The wall clock when the world begins: 2026-01-01. */
const BEGIN_MS = 1_767_225_600_000;

/** The wall clock of a machine; what jumps is its offset. */
export interface WallClock {
  offsetMs: number;
}

/**
 * One life of a program. When it ends, nothing that it has asked for happens to it any more: what it waits for never
 * comes, so none of its code runs again.
 */
export class SimProcess {
  readonly name: string;
  #isAlive = true;

  constructor(name: string) {
    this.name = name;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  end(): void {
    this.#isAlive = false;
  }
}

export function simClock(world: World, process: SimProcess, wall: WallClock, random: SimRandom): Clock {
  const after = (ms: number, run: () => void): Timer =>
    world.after(ms, "", () => {
      if (process.isAlive) run();
    });
  const later: Clock["setTimeout"] = (callback, ms) =>
    after(Math.max(0, ms) + random.fraction() * LATE_MS, callback);
  return {
    nowMs: () => Math.floor(BEGIN_MS + world.nowMs + wall.offsetMs),
    monotonicMs: () => world.nowMs,
    setTimeout: later,
    sleep: sleepOn(later),
    nextTurn: () => new Promise((resolve) => after(random.fraction() * TURN_MS, resolve)),
  };
}

/** A machine: a disk, a wall clock, and processes that come and go. */

import type { Clock, Disk, Random } from "../env/types.ts";
import { SimDisk } from "./disk.ts";
import { SimProcess, simClock, type WallClock } from "./process.ts";
import type { World } from "./world.ts";

/** What a process has of its machine. */
export interface Life {
  readonly process: SimProcess;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
}

export class SimMachine {
  readonly name: string;
  readonly disk: SimDisk;
  readonly wall: WallClock = { offsetMs: 0 };
  readonly #world: World;
  #lives = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    const clock = simClock(world, new SimProcess(name), this.wall, world.random.fork());
    this.disk = new SimDisk(world, () => clock.nowMs());
  }

  /** A new process. */
  start(): Life {
    this.#lives += 1;
    const process = new SimProcess(`${this.name}.${this.#lives}`);
    const random = this.#world.random.fork();
    this.#world.note(`${process.name} starts`);
    return {
      process,
      clock: simClock(this.#world, process, this.wall, random.fork()),
      random: random.fork(),
      disk: this.disk.door(process),
    };
  }

  /** Ends a process as `kill -9` does: what the system has of it stays. */
  kill(process: SimProcess): void {
    this.#world.note(`${process.name} is killed`);
    process.end();
    this.disk.abandon(process);
  }

  /** Ends a process with the power. */
  powerCut(process: SimProcess): void {
    this.#world.note(`${process.name} loses power`);
    process.end();
    this.disk.abandon(process);
    this.disk.powerCut();
  }
}

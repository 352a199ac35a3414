/** A machine: a disk, a wall clock, and processes that come and go. */

import type { Env } from "../env/types.ts";
import { SimDisk } from "./disk.ts";
import { SimNetwork } from "./network.ts";
import { SimProcess, simClock, type WallClock } from "./process.ts";
import type { World } from "./world.ts";

/** A process, and what it has of its machine. */
export interface Life extends Env {
  readonly process: SimProcess;
}

export class SimMachine {
  readonly name: string;
  readonly disk: SimDisk;
  readonly wall: WallClock = { offsetMs: 0 };
  readonly #world: World;
  readonly #network: SimNetwork;
  #lives = 0;

  /** Machines that share no network cannot reach one another. */
  constructor(world: World, name: string, network = new SimNetwork(world)) {
    this.#world = world;
    this.#network = network;
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
      network: this.#network.door(process),
    };
  }

  /** Ends a process as `kill -9` does: what the system has of it stays. */
  kill(process: SimProcess): void {
    this.#world.note(`${process.name} is killed`);
    process.end();
    this.#network.ended(process);
    this.disk.abandon(process);
  }

  /** Ends a process with the power. */
  powerCut(process: SimProcess): void {
    this.#world.note(`${process.name} loses power`);
    process.end();
    this.#network.vanished(process);
    this.disk.abandon(process);
    this.disk.powerCut();
  }
}

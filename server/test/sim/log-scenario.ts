/** One log on a simulated machine: written, read and cleaned until it is closed or killed or the power goes, again and again. */

import { dirname } from "node:path/posix";
import { makeDurableDirectory } from "../../src/env/durable-directory.ts";
import { type Durability, type LogOptions, openLog, type PartitionLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import {
  batchOf,
  type FoundRecord,
  type Life,
  PartitionModel,
  recordsIn,
  SimMachine,
  type SimRandom,
  SLOWEST_MS,
  World,
} from "../../src/sim/index.ts";

const VOLUME = "data";
const DIRECTORY = `/${VOLUME}/spu/words-0`;
/** How long one life may take, start and end included. */
const LIMIT_MS = 600_000;
const SLOWNESS = 20;

export interface Outcome {
  readonly digest: string;
  readonly events: number;
  readonly records: number;
}

export async function simulateLog(seed: number, events?: number): Promise<Outcome> {
  const world = new World(seed, events);
  try {
    return await new LogScenario(world).run();
  } catch (error) {
    const { message } = error as Error;
    throw new Error([`seed ${seed}: ${message}`, ...world.trace.last].join("\n"), { cause: error });
  }
}

class LogScenario {
  readonly #world: World;
  readonly #random: SimRandom;
  readonly #machine: SimMachine;
  readonly #model: PartitionModel;
  readonly #options: LogOptions & { durability: Durability };
  readonly #mayLosePower: boolean;
  #records = 0;
  /** When the disk had trouble last. */
  #troubleMs = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
    const random = world.random.fork();
    this.#random = random;
    this.#machine = new SimMachine(world, "machine");
    this.#machine.disk.prepare(VOLUME);
    const durability = random.pick<Durability>([
      { fsync: "none" },
      { fsync: "interval", intervalMs: random.between(1, 2000) },
      { fsync: "always" },
    ]);
    const segmentBytes = random.pick([300, 1500, 20_000, 1_000_000]);
    // Closed segments that were never synced may come back in part, which nothing but their checksums would show.
    this.#mayLosePower = durability.fsync !== "none" || segmentBytes === 1_000_000;
    this.#options = {
      durability,
      segmentBytes,
      indexIntervalBytes: random.pick([64, 500, 4096]),
      cleanIntervalMs: 500,
      ...(random.chance(0.5) ? { maxPartitionBytes: segmentBytes * random.between(2, 6) } : {}),
      ...(random.chance(0.3) ? { retentionMs: random.between(500, 5000) } : {}),
    };
    this.#model = new PartitionModel("words-0", durability);
    world.note(`options ${JSON.stringify(this.#options)}`);
  }

  async run(): Promise<Outcome> {
    const lives = this.#random.between(3, 8);
    for (let life = 0; life < lives; life++) await this.#live();
    return { digest: this.#world.trace.digest(), events: this.#world.trace.count, records: this.#records };
  }

  /** A broken disk may keep the log from opening, and must not make it worse. */
  async #openInTrouble(): Promise<void> {
    const life = this.#machine.start();
    this.#machine.disk.trouble.failureRate = this.#random.pick([0.02, 0.2]);
    const attempt = async () => {
      try {
        await (await openLog(life, DIRECTORY, this.#options, silentLogger)).close();
      } catch (error) {
        this.#world.note(`could not open: ${(error as Error).message}`);
      }
    };
    await this.#world.run(attempt(), this.#world.nowMs + LIMIT_MS);
    this.#machine.kill(life.process);
  }

  async #live(): Promise<void> {
    if (this.#random.chance(0.3)) await this.#openInTrouble();
    const life = this.#machine.start();
    const { trouble } = this.#machine.disk;
    Object.assign(trouble, { slowness: 1, isFull: false, failureRate: 0 });
    await this.#while(life, async () => {
      await makeDurableDirectory(life.disk, dirname(DIRECTORY));
      const log = await openLog(life, DIRECTORY, this.#options, silentLogger);
      const found = await readFrom(log, log.offsets.logStart);
      // Cleaning may begin while this reads.
      this.#model.verify(found[0]?.offset ?? log.offsets.logStart, found, this.#world.nowMs);
      const users = Array.from({ length: this.#random.between(1, 4) }, (_, at) => this.#use(log, life, at));
      const nemesis = this.#random.chance(0.4) ? [this.#makeTrouble(life)] : [];
      await Promise.all([...users, ...nemesis]);
      Object.assign(trouble, { slowness: 1, isFull: false, failureRate: 0 });
      await log.close();
      this.#model.closed(this.#world.nowMs);
    });
  }

  /** Lets the process work until it is done or something happens to it. */
  async #while(life: Life, work: () => Promise<void>): Promise<void> {
    let finish: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const end = this.#random.pick(["work", "kill", "power cut"] as const);
    const afterMs = this.#random.pick([5, 100, 3000]) * this.#random.fraction();
    if (end !== "work") {
      this.#world.after(afterMs, "", () => {
        if (!life.process.isAlive) return;
        if (end === "kill" || !this.#mayLosePower) {
          this.#machine.kill(life.process);
          this.#model.ended();
        } else {
          this.#machine.powerCut(life.process);
          this.#model.powerCut(this.#syncedMs());
        }
        finish();
      });
    }
    const done = work().then(() => life.process.end());
    await this.#world.run(Promise.race([done, ended]), this.#world.nowMs + LIMIT_MS);
  }

  /** Everything stored before this moment has had its time to reach the disk. */
  #syncedMs(): number {
    const { durability } = this.#options;
    if (durability.fsync !== "interval") return Number.NEGATIVE_INFINITY;
    const neededMs = durability.intervalMs + 4 * SLOWEST_MS;
    const { nowMs } = this.#world;
    const calmSince = this.#troubleMs + 2 * neededMs;
    return nowMs > calmSince ? nowMs - neededMs : Number.NEGATIVE_INFINITY;
  }

  async #use(log: PartitionLog, life: Life, number: number): Promise<void> {
    const random = this.#random.fork();
    const steps = random.between(1, 40);
    for (let step = 0; step < steps; step++) {
      if (random.chance(0.7)) await this.#append(log, random, `${life.process.name}/${number}/${step}`);
      else await this.#read(log, random);
      if (random.chance(0.5)) await life.clock.sleep(random.pick([1, 20, 300]));
    }
  }

  async #append(log: PartitionLog, random: SimRandom, name: string): Promise<void> {
    const sets = Array.from({ length: random.between(1, 3) }, (_, set) =>
      Array.from(
        { length: random.between(1, 4) },
        (_, at) => `${name}/${set}/${at}/${"x".repeat(random.integer(120))}`,
      ),
    );
    const texts = sets.flat();
    for (const text of texts) this.#model.send(text);
    try {
      const { baseOffset } = await log.append(sets.map(batchOf));
      this.#model.acknowledged(texts, baseOffset, this.#world.nowMs);
      this.#records += texts.length;
    } catch (error) {
      if (
        !["SMDK_LOG_DISK_FULL", "SMDK_LOG_WRITE_FAILED", "SMDK_LOG_BATCH_TOO_LARGE"].includes(
          (error as { code: string }).code,
        )
      )
        throw error;
      this.#model.refused(texts);
    }
  }

  async #read(log: PartitionLog, random: SimRandom): Promise<void> {
    const { logStart, logEnd } = log.offsets;
    const offset = logStart + BigInt(random.integer(Number(logEnd - logStart) + 1));
    try {
      const { records } = await log.read({ offset, maxBytes: random.pick([1, 500, 100_000]) });
      this.#model.read(recordsIn(records), this.#world.nowMs);
    } catch (error) {
      // Retention may be quicker, and the disk may have trouble.
      const code = (error as { code: string }).code;
      if (code !== "SMDK_LOG_OFFSET_OUT_OF_RANGE" && code !== "EIO") throw error;
    }
  }

  async #makeTrouble({ clock }: Life): Promise<void> {
    const random = this.#random.fork();
    const { trouble } = this.#machine.disk;
    for (let times = random.between(1, 3); times > 0; times--) {
      await clock.sleep(random.pick([5, 200]));
      if (random.chance(0.5)) trouble.slowness = SLOWNESS;
      if (random.chance(0.4)) trouble.isFull = true;
      if (random.chance(0.4)) trouble.failureRate = random.pick([0.02, 0.3]);
      this.#troubleMs = Number.POSITIVE_INFINITY;
      await clock.sleep(random.pick([5, 100, 1000]));
      Object.assign(trouble, { slowness: 1, isFull: false, failureRate: 0 });
      this.#troubleMs = this.#world.nowMs;
    }
  }
}

async function readFrom(log: PartitionLog, start: bigint): Promise<FoundRecord[]> {
  const found: FoundRecord[] = [];
  for (let offset = start; offset < log.offsets.logEnd; ) {
    if (offset < log.offsets.logStart) {
      found.length = 0;
      offset = log.offsets.logStart;
    }
    const { records, nextOffset } = await log.read({ offset, maxBytes: 100_000 }).catch((error) => {
      if (error.code !== "SMDK_LOG_OFFSET_OUT_OF_RANGE") throw error;
      return { records: new Uint8Array(0), nextOffset: offset };
    });
    found.push(...recordsIn(records));
    offset = nextOffset;
  }
  return found;
}

/**
 * A whole cluster and its clients in one process, from one seed: they work until the cluster is closed, killed or
 * without power, and after each start everything that was promised has to be there.
 */

import { prepareCompression } from "@smdk/protocol";
import { type Cluster, startCluster } from "../cluster.ts";
import { errorText } from "../error.ts";
import type { Durability } from "../log/types.ts";
import type { Logger } from "../logger.ts";
import { Administrator } from "./clients/administrator.ts";
import type { Shared } from "./clients/client.ts";
import { User } from "./clients/user.ts";
import { Verifier } from "./clients/verifier.ts";
import { ClusterModel, check } from "./cluster-model.ts";
import { SLOWEST_MS } from "./disk.ts";
import { type Life, SimMachine } from "./machine.ts";
import { SimNetwork } from "./network.ts";
import type { SimRandom } from "./random.ts";
import { World } from "./world.ts";

const VOLUME = "srv";
const DIRECTORY = `/${VOLUME}/cluster`;
const SC_PORT = 9003;
const FIRST_SPU_ID = 5001;
const FIRST_SPU_PORT = 9010;
/** How long one life of the cluster may take. */
const LIMIT_MS = 3_600_000;
const TOPICS = ["birds", "fish", "trees"];
const SMART_MODULES = ["upper", "lower"];
const SLOW_DISK = 15;

export interface ClusterOutcome {
  /** Hash of all events; the same for every run of the seed. */
  readonly digest: string;
  readonly events: number;
  /** Records that were acknowledged. */
  readonly records: number;
  /** How often the cluster was started. */
  readonly lives: number;
}

/**
 * Runs one seed. `events`: how many of the last events a failure tells.
 * @throws an error that begins with the seed and what is wrong, with the last events behind it.
 */
export async function simulateCluster(seed: number, events?: number): Promise<ClusterOutcome> {
  // The only thing that takes real time; from here on all is virtual.
  await prepareCompression();
  const world = new World(seed, events);
  try {
    return await new ClusterRun(world).run();
  } catch (error) {
    const text = [`seed ${seed}: ${errorText(error)}`, ...world.trace.last].join("\n");
    throw new Error(text, { cause: error });
  }
}

class ClusterRun {
  readonly #world: World;
  readonly #random: SimRandom;
  readonly #network: SimNetwork;
  readonly #server: SimMachine;
  readonly #clients: SimMachine;
  readonly #model: ClusterModel;
  readonly #durability: Durability;
  readonly #shared: Shared;
  readonly #spus: number;
  #troubleMs = Number.NEGATIVE_INFINITY;
  #hadTrouble = false;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#network = new SimNetwork(world);
    this.#server = new SimMachine(world, "server", this.#network);
    this.#server.disk.prepare(VOLUME);
    this.#clients = new SimMachine(world, "clients", this.#network);
    this.#spus = this.#random.between(1, 3);
    this.#durability = this.#random.pick<Durability>([
      { fsync: "none" },
      { fsync: "interval", intervalMs: this.#random.between(10, 2000) },
      { fsync: "always" },
    ]);
    this.#model = new ClusterModel(TOPICS, SMART_MODULES, this.#durability);
    this.#shared = {
      world,
      model: this.#model,
      scPort: SC_PORT,
      spuPort: (id) => FIRST_SPU_PORT + id - FIRST_SPU_ID,
      hadDiskTrouble: () => this.#hadTrouble,
      acknowledged: 0,
    };
    world.note(`${this.#spus} SPUs, ${JSON.stringify(this.#durability)}`);
  }

  async run(): Promise<ClusterOutcome> {
    const lives = this.#random.between(3, 6);
    for (let life = 0; life < lives; life++) await this.#live(life === lives - 1);
    await this.#world.run(this.#checkRemains(this.#server.start()), this.#world.nowMs + LIMIT_MS);
    const { trace } = this.#world;
    return { digest: trace.digest(), events: trace.count, records: this.#shared.acknowledged, lives };
  }

  /** One life of the cluster, to its end, whatever that is; the last one ends well. */
  async #live(isLast: boolean): Promise<void> {
    if (this.#random.chance(0.25)) await this.#startInTrouble();
    const server = this.#server.start();
    const clients = this.#clients.start();
    this.#endTrouble();
    this.#hadTrouble = false;
    const random = this.#random.fork();
    const end = isLast ? "close" : random.pick(["close", "hurry", "kill", "power cut"] as const);
    const endMs = random.fraction() * random.pick([50, 2000, 20_000, 60_000]);
    let finish: () => void = () => {};
    let fail: (error: unknown) => void = () => {};
    const ended = new Promise<void>((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
    let cluster: Cluster | undefined;
    const close = async () => {
      this.#endTrouble();
      await cluster?.close();
      this.#model.closed(this.#world.nowMs);
      server.process.end();
      this.#network.ended(server.process);
    };
    const work = async () => {
      cluster = await this.#start(server);
      await new Verifier(this.#shared, clients, random.fork(), "verifier").run();
      const stop = isLast ? () => {} : this.#trouble(clients, random.fork());
      const users = Array.from({ length: random.between(1, 4) }, (_, at) =>
        new User(this.#shared, clients, random.fork(), `user${at}`).run(random.between(3, 25)),
      );
      const admin = new Administrator(this.#shared, clients, random.fork(), "admin");
      await Promise.all([...users, admin.run(random.between(2, 12))]);
      stop();
      await close();
    };
    if (end !== "close") {
      this.#world.after(endMs, "", () => {
        if (!server.process.isAlive) return;
        if (end === "hurry") {
          // Nothing to close yet, or at it already: it ends in the usual way.
          if (cluster === undefined) return;
          this.#clients.kill(clients.process);
          close().then(finish, fail);
          return;
        }
        this.#clients.kill(clients.process);
        if (end === "kill") {
          this.#server.kill(server.process);
          this.#model.killed();
        } else {
          this.#server.powerCut(server.process);
          this.#model.powerCut(this.#syncedMs());
        }
        finish();
      });
    }
    await this.#world.run(Promise.race([work(), ended]), this.#world.nowMs + LIMIT_MS);
    if (clients.process.isAlive) this.#clients.kill(clients.process);
  }

  /** Nothing may lie about: no halves of files, no records of topics that are gone. */
  async #checkRemains({ disk }: Life): Promise<void> {
    const noted = new Set<string>();
    for (const { name: kind } of await disk.readdir(`${DIRECTORY}/metadata`)) {
      for (const { name } of await disk.readdir(`${DIRECTORY}/metadata/${kind}`)) {
        // Files that the disk would not read at some start are put aside when their name is used again.
        const isDue = name.endsWith(".yaml") || name.endsWith(".yaml.bad");
        check(isDue && !name.startsWith("."), `${kind}/${name} is left among the metadata`);
        if (kind === "Removal") noted.add(name.slice(0, -".yaml".length));
      }
    }
    for (let spu = 0; spu < this.#spus; spu++) {
      for (const { name } of await disk.readdir(`${DIRECTORY}/spu-logs-${FIRST_SPU_ID + spu}`)) {
        const topic = this.#model.topics.find((candidate) => name.startsWith(`${candidate.name}-`));
        const isDue = topic === undefined ? name === "consumer-offset-0" : topic.exists.possible.has(true);
        check(isDue || noted.has(name), `the records of ${name} are left, and the topic is gone`);
      }
    }
  }

  /** A start that a broken disk may keep from succeeding must leave everything as it was. */
  async #startInTrouble(): Promise<void> {
    const server = this.#server.start();
    this.#server.disk.trouble.failureRate = this.#random.pick([0.01, 0.1]);
    const attempt = async () => {
      try {
        await (await this.#start(server)).close();
      } catch (error) {
        this.#world.note(`${server.process.name} could not start: ${errorText(error)}`);
      }
    };
    await this.#world.run(attempt(), this.#world.nowMs + LIMIT_MS);
    this.#server.kill(server.process);
    this.#endTrouble();
  }

  async #start(server: Life): Promise<Cluster> {
    const cluster = await startCluster({
      dir: DIRECTORY,
      env: server,
      spus: this.#spus,
      scPort: SC_PORT,
      spuPorts: Array.from({ length: this.#spus }, (_, at) => FIRST_SPU_PORT + at),
      durability: this.#durability,
      smartModuleThreads: false,
      logger: this.#logger(server.process.name),
    });
    const [problem] = cluster.problems;
    check(
      problem === undefined,
      `metadata that cannot be read after the start: ${problem?.file} ${problem?.message}`,
    );
    return cluster;
  }

  /** Everything stored before this moment has had its time to reach the disk. */
  #syncedMs(): number {
    if (this.#durability.fsync !== "interval") return Number.NEGATIVE_INFINITY;
    const neededMs = this.#durability.intervalMs + 4 * SLOWEST_MS;
    const { nowMs } = this.#world;
    return nowMs > this.#troubleMs + 2 * neededMs ? nowMs - neededMs : Number.NEGATIVE_INFINITY;
  }

  /** Makes trouble now and then, until it is stopped. */
  #trouble({ clock }: Life, random: SimRandom): () => void {
    let isOver = false;
    const disk = this.#server.disk.trouble;
    const { trouble: network } = this.#network;
    const round = () => {
      if (isOver) return;
      this.#endTrouble();
      if (random.chance(0.5)) {
        clock.setTimeout(round, random.between(1, 2000));
        return;
      }
      const kind = random.integer(7);
      if (kind === 0) this.#network.resetOne();
      else if (kind === 1) network.resetRate = random.pick([0.01, 0.1]);
      else if (kind === 2) network.slowness = random.between(2, 50);
      else if (kind === 3) this.#server.wall.offsetMs += random.between(-100_000, 100_000);
      else if (kind === 4) disk.slowness = SLOW_DISK;
      else if (kind === 5) disk.isFull = true;
      else disk.failureRate = random.pick([0.01, 0.2]);
      if (kind >= 4) this.#troubleMs = Number.POSITIVE_INFINITY;
      if (kind >= 5) this.#hadTrouble = true;
      this.#world.note(`trouble ${JSON.stringify({ ...disk, network, wall: this.#server.wall.offsetMs })}`);
      clock.setTimeout(round, random.between(1, 1000));
    };
    clock.setTimeout(round, random.between(1, 1000));
    return () => {
      isOver = true;
    };
  }

  #endTrouble(): void {
    Object.assign(this.#server.disk.trouble, { slowness: 1, isFull: false, failureRate: 0 });
    Object.assign(this.#network.trouble, { slowness: 1, resetRate: 0 });
    if (this.#troubleMs === Number.POSITIVE_INFINITY) this.#troubleMs = this.#world.nowMs;
  }

  /** What the server has to say goes into the trace. */
  #logger(name: string): Logger {
    const line = (level: string) => (fields: object, text: string) => {
      this.#world.note(`${name} ${level}: ${text} ${JSON.stringify(fields, plain)}`);
    };
    const logger: Logger = {
      debug: () => {},
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
      child: () => logger,
    };
    return logger;
  }
}

/** Errors and large numbers as text. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Error ? errorText(value) : value;
}

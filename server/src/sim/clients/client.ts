/** What the clients of a simulated cluster have in common. */

import { ListApi, type ListRequest, type ListResponse } from "@smdk/protocol";
import { type ClusterModel, check } from "../cluster-model.ts";
import type { Life } from "../machine.ts";
import type { SimRandom } from "../random.ts";
import { ConnectionLost, WireClient } from "../wire-client.ts";
import type { World } from "../world.ts";

/** How long a reader waits for records that are there. */
export const READ_PATIENCE_MS = 60_000;

/** What all clients of a run share. */
export interface Shared {
  readonly world: World;
  readonly model: ClusterModel;
  readonly scPort: number;
  readonly spuPort: (spuId: number) => number;
  /** Whether the disk has been in trouble since the cluster started: then it may refuse what it otherwise may not. */
  readonly hadDiskTrouble: () => boolean;
  acknowledged: number;
}

/** Connections of one client, made when they are needed. */
class Connections {
  readonly #env: Life;
  readonly #open = new Map<number, WireClient>();

  constructor(env: Life) {
    this.#env = env;
  }

  async to(port: number): Promise<WireClient> {
    const known = this.#open.get(port);
    if (known !== undefined) return known;
    const made = await WireClient.connect(this.#env, port);
    this.#open.set(port, made);
    return made;
  }

  close(): void {
    for (const client of this.#open.values()) client.close();
    this.#open.clear();
  }
}

export class SimClient {
  protected readonly shared: Shared;
  protected readonly env: Life;
  protected readonly random: SimRandom;
  protected readonly name: string;
  protected readonly connections: Connections;

  constructor(shared: Shared, env: Life, random: SimRandom, name: string) {
    this.shared = shared;
    this.env = env;
    this.random = random;
    this.name = name;
    this.connections = new Connections(env);
  }

  /** Does something at random; where the connection is lost, the next thing is done on a new one. */
  protected async step(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      this.shared.world.note(`${this.name} has lost a connection`);
      this.connections.close();
    }
    await this.env.clock.sleep(this.random.pick([0, 5, 5, 100, 1000, 6000]));
  }

  protected async sc(): Promise<WireClient> {
    return this.connections.to(this.shared.scPort);
  }

  protected async list<K extends ListResponse["type"]>(
    type: K,
    system = false,
  ): Promise<Extract<ListResponse, { type: K }>> {
    const request = { type, nameFilters: [], summary: false, system } as ListRequest;
    return (await (await this.sc()).call(ListApi, request)) as Extract<ListResponse, { type: K }>;
  }

  /** The SPU that leads the partition, or undefined while the cluster has no such partition. */
  protected async leader(topic: string, partition: number): Promise<WireClient | undefined> {
    const { objects } = await this.list("Partition");
    const found = objects.find(({ name }) => name === `${topic}-${partition}`);
    if (found === undefined) return undefined;
    return this.connections.to(this.shared.spuPort(found.spec.leader));
  }

  /** What is listed must agree with what is certain; nobody else creates or deletes. */
  protected async checkLists(): Promise<void> {
    const listed = new Set((await this.list("Topic")).objects.map(({ name }) => name));
    for (const { name, exists } of this.shared.model.topics) {
      check(exists.possible.has(listed.has(name)), `${name} is ${listed.has(name) ? "" : "not "}listed`);
    }
    const payloads = new Map(
      (await this.list("SmartModule")).objects.map(({ name, spec }) => [
        name,
        Buffer.from(spec.wasm.payload).toString("base64"),
      ]),
    );
    for (const [name, stored] of this.shared.model.smartModules) {
      const payload = payloads.get(name) ?? null;
      check(stored.possible.has(payload), `the SmartModule ${name} is not what was stored last`);
    }
  }

  protected stream(topic: string, partition: number, fetchOffset: bigint, consumerId: string | null) {
    return {
      topic,
      partition,
      fetchOffset,
      maxBytes: this.random.pick([1, 700, 5000, 1_048_890]),
      isolation: this.random.chance(0.5) ? ("ReadCommitted" as const) : ("ReadUncommitted" as const),
      wasmModule: new Uint8Array(0),
      smartmodule: null,
      derivedstream: null,
      smartmodules: [],
      consumerId,
    };
  }
}

/** For messages: large numbers as text. */
export function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

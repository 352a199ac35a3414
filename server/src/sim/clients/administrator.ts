/** A client that creates and deletes. */

import { CreateApi, type CreateRequest, DeleteApi, type TopicSpec } from "@smdk/protocol";
import { check, type TopicModel } from "../cluster-model.ts";
import type { WireClient } from "../wire-client.ts";
import { SimClient } from "./client.ts";

export class Administrator extends SimClient {
  /** Creates and deletes topics and SmartModules, one after the other. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.step(async () => {
        const { topics, smartModules } = this.shared.model;
        if (this.random.chance(0.3)) {
          await this.#changeSmartModule(this.random.pick([...smartModules.keys()]));
          return;
        }
        const topic = this.random.pick(topics);
        if (topic.exists.value === false) await this.#create(topic);
        else if (topic.exists.value === true && this.random.chance(0.4)) await this.#delete(topic);
        await this.checkLists();
      });
    }
    this.connections.close();
  }

  async #create(topic: TopicModel): Promise<void> {
    const spec = this.#topicSpec();
    const partitions = spec.replicas.kind === "Computed" ? spec.replicas.partitions : 0;
    const sc = await this.sc();
    topic.exists.attempt(true);
    topic.begin(spec, partitions);
    const status = await this.#createObject(sc, {
      type: "Topic",
      name: topic.name,
      dryRun: false,
      timeout: null,
      spec,
    });
    this.shared.world.note(`${this.name} creates ${topic.name}: ${status}`);
    if (status === "None") topic.exists.settle(true);
    else check(this.shared.hadDiskTrouble(), `${topic.name} could not be created: ${status}`);
  }

  #topicSpec(): TopicSpec {
    const random = this.random;
    const mayRoll = this.shared.model.durability.fsync !== "none";
    const segmentSize = random.pick([1024, 4096]);
    const storage = { segmentSize, maxPartitionSize: BigInt(segmentSize * random.between(4, 20)) };
    return {
      replicas: {
        kind: "Computed",
        partitions: random.between(1, 3),
        replicationFactor: 1,
        ignoreRackAssignment: false,
      },
      cleanupPolicy: random.chance(0.3) ? { kind: "Segment", timeInSeconds: random.between(10, 30) } : null,
      storage: mayRoll && random.chance(0.7) ? storage : null,
      compressionType: "Any",
      deduplication: null,
      system: false,
    };
  }

  async #createObject(sc: WireClient, request: CreateRequest): Promise<string> {
    return (await sc.call(CreateApi, request)).errorCode.kind;
  }

  async #delete(topic: TopicModel): Promise<void> {
    const sc = await this.sc();
    topic.exists.attempt(false);
    for (const saved of topic.consumers.values()) saved.attempt(null);
    const status = await sc.call(DeleteApi, { type: "Topic", key: topic.name, force: false });
    const { kind } = status.errorCode;
    this.shared.world.note(`${this.name} deletes ${topic.name}: ${kind}`);
    if (kind === "None") {
      topic.exists.settle(false);
      topic.ended();
    } else check(this.shared.hadDiskTrouble(), `${topic.name} could not be deleted: ${kind}`);
  }

  async #changeSmartModule(name: string): Promise<void> {
    const payload = this.random.bytes(this.random.pick([1, 300, 20_000]));
    const stored = this.shared.model.smartModules.get(name)!;
    const text = Buffer.from(payload).toString("base64");
    const sc = await this.sc();
    if (stored.value === undefined) return;
    if (stored.value === null || this.random.chance(0.5)) {
      stored.attempt(text);
      const spec = { meta: null, summary: null, wasm: { format: "Binary" as const, payload } };
      const status = await this.#createObject(sc, {
        type: "SmartModule",
        name,
        dryRun: false,
        timeout: null,
        spec,
      });
      if (status === "None") stored.settle(text);
      else check(this.shared.hadDiskTrouble(), `the SmartModule ${name} could not be created: ${status}`);
    } else {
      stored.attempt(null);
      const status = await sc.call(DeleteApi, { type: "SmartModule", key: name, force: false });
      const { kind } = status.errorCode;
      if (kind === "None") stored.settle(null);
      else check(this.shared.hadDiskTrouble(), `the SmartModule ${name} could not be deleted: ${kind}`);
    }
  }
}

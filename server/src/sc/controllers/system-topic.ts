// Sees to it that the topic for consumer offsets exists. Clients rely on it even without consumer ids: a client
// whose metadata has never held anything waits a minute instead of saying "not found" (wire-protocol 7.3).
import type { TopicSpec } from "@smdk/protocol";
import type { Clock } from "../../env/types.ts";
import type { Logger } from "../../logger.ts";
import type { KeyLock } from "../key-lock.ts";
import type { Stores } from "../store/stores.ts";
import { Loop } from "./loop.ts";

export const CONSUMER_OFFSET_TOPIC = "consumer-offset";

/** Seven days, 512 MB a segment, four segments (wire-protocol 5.6). */
const SPEC: TopicSpec = {
  replicas: { kind: "Computed", partitions: 1, replicationFactor: 1, ignoreRackAssignment: false },
  cleanupPolicy: { kind: "Segment", timeInSeconds: 604_800 },
  storage: { segmentSize: 512_000_000, maxPartitionSize: 2_048_000_000n },
  compressionType: "Any",
  deduplication: null,
  system: true,
};

export class SystemTopicController {
  readonly loop: Loop;

  constructor(stores: Stores, locks: KeyLock, clock: Clock, log: Logger) {
    const { topics, spus } = stores;
    const isMissing = (): boolean =>
      !topics.has(CONSUMER_OFFSET_TOPIC) && !topics.isUnreadable(CONSUMER_OFFSET_TOPIC) && spus.size > 0;
    const round = async (): Promise<void> => {
      if (!isMissing()) return;
      await locks.run(CONSUMER_OFFSET_TOPIC, async () => {
        if (isMissing()) topics.put(CONSUMER_OFFSET_TOPIC, SPEC);
      });
    };
    this.loop = new Loop("system-topic", round, clock, log);
    topics.onChange((_key, change) => {
      if (change === "delete") this.loop.kick();
    });
    spus.onChange(() => this.loop.kick());
    this.loop.kick();
  }
}

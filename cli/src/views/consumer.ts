/** Consumers and their offsets as Fluvio's tools print them. */
import type { ConsumerOffset } from "@smdk/protocol";
import { humanSeconds, table } from "../output.ts";

export function consumerJson(stored: ConsumerOffset): Record<string, unknown> {
  const { consumerId, replicaId, offset, modifiedTime } = stored;
  return { consumer_id: consumerId, ...replicaId, offset, modified_time: modifiedTime };
}

/** The table of `consumer list`. */
export function consumerTable(consumers: readonly ConsumerOffset[], nowMs = Date.now()): string {
  if (consumers.length === 0) return "No consumers found";
  const rows = consumers.map(({ consumerId, replicaId, offset, modifiedTime }) => {
    const ago = Math.max(0, Math.floor(nowMs / 1000) - Number(modifiedTime));
    return [consumerId, replicaId.topic, String(replicaId.partition), String(offset), humanSeconds(ago)];
  });
  return table(
    ["CONSUMER", "TOPIC", "PARTITION", "OFFSET", "LAST SEEN"],
    rows.sort((a, b) => (a.join() < b.join() ? -1 : 1)),
  );
}

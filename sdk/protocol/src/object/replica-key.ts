/** The name of one replica set: topic and partition. */
import { type Infer, string, struct, u32 } from "../codec/index.ts";

export const ReplicaKey = struct("ReplicaKey", { topic: string(), partition: u32() });
export type ReplicaKey = Infer<typeof ReplicaKey>;

/** `<topic>-<partition>`, the key of a Partition object. */
export function replicaKeyText(key: ReplicaKey): string {
  return `${key.topic}-${key.partition}`;
}

/** The reverse; split at the last `-`. Null where the text is not of that form. */
export function parseReplicaKey(text: string): ReplicaKey | null {
  const match = /^(.*)-(\d{1,10})$/s.exec(text);
  if (match === null) return null;
  const partition = Number(match[2]);
  return partition <= 0xffffffff ? { topic: match[1]!, partition } : null;
}

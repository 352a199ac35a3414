/** Values of the records in the log of `consumer-offset`, all encoded at version 0. */
import { bytes, fields, type Infer, i64, string, struct, u64, union, unit } from "../../codec/index.ts";
import { ReplicaKey } from "../../object/replica-key.ts";

/** `key` and `value` are encodings of the two structs below. */
export const ConsumerOffsetEntry = union(
  "ConsumerOffsetEntry",
  {
    RecordUpdated: fields(0, { key: bytes(), value: bytes() }),
    RecordDeleted: fields(1, { key: bytes() }),
    Checkpoint: unit(2),
  },
  { initial: () => ({ kind: "Checkpoint" }) },
);
export type ConsumerOffsetEntry = Infer<typeof ConsumerOffsetEntry>;

export const ConsumerOffsetKey = struct("ConsumerOffsetKey", { replicaId: ReplicaKey, consumerId: string() });
export type ConsumerOffsetKey = Infer<typeof ConsumerOffsetKey>;

/** `modifiedTime` in seconds since the epoch. */
export const ConsumerOffsetValue = struct("ConsumerOffsetValue", { offset: i64(), modifiedTime: u64() });
export type ConsumerOffsetValue = Infer<typeof ConsumerOffsetValue>;

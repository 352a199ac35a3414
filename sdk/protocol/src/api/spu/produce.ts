/** Produce (SPU 0): record batches to partitions. Every request field is on the wire at every version. */

import { EncodeError } from "../../codec/error.ts";
import {
  always,
  type Codec,
  type Infer,
  i32,
  i64,
  list,
  option,
  recordSet,
  since,
  string,
  struct,
  u32,
} from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";
import { SmartModuleInvocation } from "../../smartmodule/invocation.ts";
import { ProduceIsolation } from "./isolation.ts";

const timeout: Codec<number> = {
  ...i32(),
  shape: { type: "number", number: "i32", min: 0 },
  write(writer, value) {
    if (value < 0) throw new EncodeError(`negative timeout ${value}`);
    writer.i32(value);
  },
  read(reader) {
    const at = reader.offset;
    const value = reader.i32();
    if (value < 0) throw reader.error(`negative timeout ${value}`, at);
    return value;
  },
};

/** `records` are batches back to back, a view into the frame. One entry per batch; a partition may occur repeatedly. */
export const PartitionProduceData = struct("PartitionProduceData", {
  partitionIndex: u32(),
  records: recordSet(),
});
export type PartitionProduceData = Infer<typeof PartitionProduceData>;

export const TopicProduceData = struct("TopicProduceData", {
  name: string(),
  partitions: list(PartitionProduceData),
});
export type TopicProduceData = Infer<typeof TopicProduceData>;

/** `timeout` in milliseconds, not negative. */
export const ProduceRequest = struct("ProduceRequest", {
  transactionalId: always(option(string())),
  isolation: always(ProduceIsolation),
  timeout: always(timeout),
  topics: always(list(TopicProduceData)),
  smartmodules: always(list(SmartModuleInvocation)),
});
export type ProduceRequest = Infer<typeof ProduceRequest>;

/** Answers one partition entry of the request, in the same place. */
export const PartitionProduceResponse = struct("PartitionProduceResponse", {
  partitionIndex: u32(),
  errorCode: ErrorCode,
  baseOffset: i64(),
  logAppendTimeMs: since(2, i64()),
  logStartOffset: since(5, i64()),
});
export type PartitionProduceResponse = Infer<typeof PartitionProduceResponse>;

export const TopicProduceResponse = struct("TopicProduceResponse", {
  name: string(),
  partitions: list(PartitionProduceResponse),
});
export type TopicProduceResponse = Infer<typeof TopicProduceResponse>;

export const ProduceResponse = struct("ProduceResponse", {
  responses: list(TopicProduceResponse),
  throttleTimeMs: since(1, i32()),
});
export type ProduceResponse = Infer<typeof ProduceResponse>;

export const ProduceApi: Api<ProduceRequest, ProduceResponse> = {
  name: "Produce",
  key: 0,
  minVersion: 0,
  maxVersion: 25,
  request: ProduceRequest,
  response: ProduceResponse,
  stream: false,
};

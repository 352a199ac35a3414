// What has to be equal in two answers to one request, and what differs by nature: ports, sizes, times, epochs.
import {
  type Api,
  batches,
  decodeResponseBody,
  FetchConsumerOffsetsApi,
  RecordCursor,
  readBatchHeader,
  recordsSection,
  StreamFetchApi,
} from "@smdk/protocol";

/** The comparable part of a response. Null where a response says nothing comparable. */
export function comparable(api: Api, version: number, bytes: Uint8Array): unknown {
  const body = decodeResponseBody(api, version, bytes) as Record<string, unknown>;
  switch (api.name) {
    case "ApiVersions":
      return api.key === 18 ? { apiKeys: body.apiKeys, errorCode: body.errorCode } : body;
    case "StreamFetch":
      return streamFetch(decodeResponseBody(StreamFetchApi as Api<unknown, StreamFetch>, version, bytes));
    case "FetchConsumerOffsets": {
      const { errorCode, consumers } = decodeResponseBody(
        FetchConsumerOffsetsApi as Api<unknown, ConsumerOffsets>,
        version,
        bytes,
      );
      return { errorCode, consumers: consumers.map(({ modifiedTime: _, ...rest }) => rest) };
    }
    default:
      return plain(body);
  }
}

type StreamFetch = ReturnType<typeof StreamFetchApi.response.read>;
type ConsumerOffsets = ReturnType<typeof FetchConsumerOffsetsApi.response.read>;

function streamFetch({ topic, streamId, partition }: StreamFetch) {
  const { records, ...rest } = partition;
  let span = 0;
  const shown = [];
  for (const { start } of batches(records, { onTruncated: "stop" })) {
    const header = readBatchHeader(records, start);
    span += Math.max(0, header.lastOffsetDelta + 1);
    for (const cursor = new RecordCursor(recordsSection(records, start)); cursor.next(); ) {
      shown.push({
        offset: header.baseOffset + BigInt(cursor.index),
        key: text(cursor.key()),
        value: text(cursor.value()),
        timestamp: header.firstTimestamp > 0n ? header.firstTimestamp + cursor.exactTimestampDelta() : -1n,
      });
    }
  }
  return { topic, streamId, partition: plain(rest) as Record<string, unknown>, records: shown, span };
}

export type ComparableStream = ReturnType<typeof streamFetch>;

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString();
}

/** Byte arrays of one class, so that equal bytes are equal values. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plain(item)]));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

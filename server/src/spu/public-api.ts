// The APIs an SPU answers on its public port, each tied to the part that does the work.
import {
  ApiVersionsApi,
  type ApiVersionsRequest,
  type ApiVersionsResponse,
  DeleteConsumerOffsetApi,
  type ErrorCode,
  FetchApi,
  FetchConsumerOffsetsApi,
  FetchOffsetsApi,
  ProduceApi,
  type SmartModuleInvocation,
  StreamFetchApi,
  type StreamFetchRequest,
  type StreamFetchResponse,
  UpdateConsumerOffsetApi,
  UpdateOffsetsApi,
  type UpdateOffsetsRequest,
  type UpdateOffsetsResponse,
} from "@smdk/protocol";
import type { AsyncChain } from "@smdk/runtime/worker";
import type { Clock } from "../env/index.ts";
import type { Logger } from "../logger.ts";
import { type ClientConnection, type Route, route, type StreamContext, streamRoute } from "../net/index.ts";
import { type ChainContext, ChainFailure, openChain } from "./chain.ts";
import { ConnectionStreams } from "./connection-streams.ts";
import type { Consumers } from "./consumers.ts";
import { handleFetch, handleFetchOffsets } from "./fetch.ts";
import { handleProduce } from "./produce.ts";
import type { Replicas } from "./replicas.ts";
import { ResponseRoom } from "./response-room.ts";
import { ConsumerStream, streamResponse } from "./stream-fetch.ts";

/** What ApiVersions says: exactly what Fluvio's SPU says, as clients choose their versions by it. */
const ADVERTISED = [
  { apiKey: 0, minVersion: 0, maxVersion: 25 },
  { apiKey: 1, minVersion: 0, maxVersion: 25 },
  { apiKey: 1002, minVersion: 25, maxVersion: 25 },
  { apiKey: 1003, minVersion: 0, maxVersion: 25 },
  { apiKey: 1005, minVersion: 0, maxVersion: 0 },
];
const STREAM_FETCH_KEY = 1003;
/** StreamFetch for clients that do not say their version. */
const UNVERSIONED_STREAM_FETCH = 15;
/** From here on requests carry a chain of SmartModules. */
const CHAIN_VERSION = 18;

type PublicApiOptions = {
  replicas: Replicas;
  consumers: Consumers;
  chains: ChainContext;
  clock: Clock;
  logger: Logger;
};

/** The routes of one SPU's public port. */
export function publicRoutes(options: PublicApiOptions): Route[] {
  const { replicas, consumers, chains, clock, logger } = options;
  const connections = new WeakMap<ClientConnection, ConnectionStreams>();
  const room = new ResponseRoom();
  const streamsOf = (connection: ClientConnection): ConnectionStreams => {
    let streams = connections.get(connection);
    if (streams === undefined) {
      streams = new ConnectionStreams();
      connections.set(connection, streams);
    }
    return streams;
  };
  const find = replicas.get.bind(replicas);
  return [
    route(ApiVersionsApi, apiVersions),
    route(
      ProduceApi,
      (request, { apiVersion, signal }) =>
        handleProduce({ replica: find, chains, clock, logger }, request, apiVersion, signal),
      // What is stored has been written by then.
      { releasesRequest: true },
    ),
    route(FetchApi, (request, { apiVersion }) => handleFetch(find, request, apiVersion)),
    route(FetchOffsetsApi, (request, { apiVersion }) =>
      handleFetchOffsets(find, consumers.saved.bind(consumers), request, apiVersion),
    ),
    streamRoute(StreamFetchApi, (request, context) =>
      streamFetch(options, room, streamsOf(context.connection), request, context),
    ),
    route(UpdateOffsetsApi, (request, { connection }) => updateOffsets(streamsOf(connection), request)),
    route(UpdateConsumerOffsetApi, (request, { connection, apiVersion }) =>
      consumers.handleUpdate(streamsOf(connection), request, apiVersion),
    ),
    route(DeleteConsumerOffsetApi, (request, { apiVersion }) => consumers.handleDelete(request, apiVersion)),
    route(FetchConsumerOffsetsApi, (request) => consumers.handleFetch(request)),
  ];
}

function apiVersions({ clientVersion }: ApiVersionsRequest): ApiVersionsResponse {
  const apiKeys =
    clientVersion === ""
      ? ADVERTISED.map((api) =>
          api.apiKey === STREAM_FETCH_KEY ? { ...api, maxVersion: UNVERSIONED_STREAM_FETCH } : api,
        )
      : ADVERTISED;
  return { errorCode: { kind: "None" }, apiKeys, platformVersion: "0.0.0" };
}

function updateOffsets(streams: ConnectionStreams, { offsets }: UpdateOffsetsRequest): UpdateOffsetsResponse {
  return {
    status: offsets.map(({ offset, sessionId }) => ({
      sessionId,
      error: streams.acknowledge(sessionId, offset) ? { kind: "None" } : { kind: "FetchSessionNotFoud" },
    })),
  };
}

/** Serves one stream; whatever goes wrong ends this stream and nothing else of the connection. */
async function streamFetch(
  { replicas, chains, clock, logger }: PublicApiOptions,
  room: ResponseRoom,
  connection: ConnectionStreams,
  request: StreamFetchRequest,
  context: StreamContext<StreamFetchResponse>,
): Promise<void> {
  const { topic, partition, consumerId } = request;
  const version = context.apiVersion;
  const fail = (streamId: number, error: ErrorCode) =>
    context.send(
      streamResponse(version, {
        topic,
        partition,
        streamId,
        error,
        highWatermark: 0n,
        logStart: 0n,
        nextFilterOffset: 0n,
        records: [],
      }),
    );
  const replica = replicas.get(topic, partition);
  if (replica === undefined) {
    await fail(0, { kind: "NotLeaderForPartition" });
    return;
  }
  const streamId = connection.add({ topic, partition, consumerId, replicaEnded: replica.ended });
  const stream = new ConsumerStream({
    replica,
    streamId,
    version,
    startOffset: request.fetchOffset,
    maxBytes: request.maxBytes,
    committed: request.isolation === "ReadCommitted",
    connection,
    room,
    clock,
    signal: context.signal,
    send: context.send,
  });
  connection.started(streamId, stream);
  let chain: AsyncChain | null = null;
  try {
    const invocations = requestedChain(request, version);
    if (invocations.length > 0) chain = await openChain(chains, invocations, version, replica.log);
    await stream.run(chain);
  } catch (error) {
    if (error instanceof ChainFailure) {
      await fail(streamId, error.error);
      return;
    }
    logger.error({ err: error, topic, partition, streamId }, "a consumer stream failed");
    await fail(streamId, { kind: "UnknownServerError" });
  } finally {
    chain?.close();
    connection.ended(streamId);
  }
}

/**
 * The SmartModules of a request, in the form that its version has. Before chains there was one invocation, and before
 * that the bare module.
 */
function requestedChain(request: StreamFetchRequest, version: number): SmartModuleInvocation[] {
  if (version >= CHAIN_VERSION && request.smartmodules.length > 0) return request.smartmodules;
  if (request.smartmodule !== null) return [request.smartmodule];
  if (request.wasmModule.length === 0) return [];
  return [
    {
      wasm: { kind: "AdHoc", value: request.wasmModule },
      kind: { kind: "Generic", value: { kind: "None" } },
      params: { inner: new Map(), lookback: null },
      name: null,
    },
  ];
}

/** The public API of an SPU: one file per API. */
import type { Api } from "../../frame.ts";
import { ApiVersionsApi } from "../api-versions.ts";
import { DeleteConsumerOffsetApi } from "./delete-consumer-offset.ts";
import { FetchApi } from "./fetch.ts";
import { FetchConsumerOffsetsApi } from "./fetch-consumer-offsets.ts";
import { FetchOffsetsApi } from "./fetch-offsets.ts";
import { ProduceApi } from "./produce.ts";
import { StartMirrorApi } from "./start-mirror.ts";
import { StreamFetchApi } from "./stream-fetch.ts";
import { UpdateConsumerOffsetApi } from "./update-consumer-offset.ts";
import { UpdateOffsetsApi } from "./update-offsets.ts";

export * from "./delete-consumer-offset.ts";
export * from "./fetch.ts";
export * from "./fetch-consumer-offsets.ts";
export * from "./fetch-offsets.ts";
export * from "./isolation.ts";
export * from "./produce.ts";
export * from "./start-mirror.ts";
export * from "./stream-fetch.ts";
export * from "./update-consumer-offset.ts";
export * from "./update-offsets.ts";

/** The API version that all SPU APIs share, and that clients of this release send. */
export const SPU_COMMON_VERSION = 25;

/** Every API of an SPU's public port, by key. */
export const spuPublicApis: ReadonlyMap<number, Api> = new Map(
  [
    ApiVersionsApi,
    ProduceApi,
    FetchApi,
    FetchOffsetsApi,
    StreamFetchApi,
    UpdateOffsetsApi,
    UpdateConsumerOffsetApi,
    DeleteConsumerOffsetApi,
    FetchConsumerOffsetsApi,
    StartMirrorApi,
  ].map((api) => [api.key, api as Api]),
);

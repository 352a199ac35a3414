/** The public API of the SC: one file per API. */
import type { Api } from "../../frame.ts";
import { ApiVersionsApi } from "../api-versions.ts";
import { CreateApi } from "./create.ts";
import { DeleteApi } from "./delete.ts";
import { ListApi } from "./list.ts";
import { MirroringApi } from "./mirroring.ts";
import { UpdateApi } from "./update.ts";
import { WatchApi } from "./watch.ts";

export * from "./create.ts";
export * from "./delete.ts";
export * from "./list.ts";
export * from "./mirroring.ts";
export * from "./status.ts";
export * from "./update.ts";
export * from "./watch.ts";

/** The API version that all SC APIs share, and that clients of this release send. */
export const SC_COMMON_VERSION = 19;

/** Every API of an SC's public port, by key. */
export const scPublicApis: ReadonlyMap<number, Api> = new Map(
  [ApiVersionsApi, CreateApi, DeleteApi, ListApi, WatchApi, MirroringApi, UpdateApi].map((api) => [
    api.key,
    api as Api,
  ]),
);

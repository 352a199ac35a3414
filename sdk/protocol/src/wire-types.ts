/** The generated reference of this package: every API with every type that its messages hold. */
import * as internal from "./api/internal/index.ts";
import { scPublicApis } from "./api/sc/index.ts";
import { spuPublicApis } from "./api/spu/index.ts";
import { wireTypesPage } from "./describe.ts";
import type { Api } from "./frame.ts";

/** The text of `docs/reference/wire-types.md`. */
export function wireTypesReference(): string {
  return wireTypesPage([
    { title: "SC, public", apis: scPublicApis.values() },
    { title: "SPU, public", apis: spuPublicApis.values() },
    { title: "SPU to SC, private", apis: internal.scPrivateApis.values() },
    { title: "SC to SPU, private", apis: internal.spuControlApis.values() },
    { title: "SPU to SPU, private", apis: internal.spuPrivateApis.values() },
    {
      title: "Replication stream",
      apis: [internal.FollowerOffsetsApi, internal.SyncRecordsApi, internal.RejectedOffsetApi] as Api[],
    },
    {
      title: "Mirror stream",
      apis: [
        internal.UpdateHomeOffsetApi,
        internal.HomeSyncRecordsApi,
        internal.RemoteSyncRecordsApi,
        internal.UpdateEdgeOffsetApi,
      ] as Api[],
    },
    { title: "TLS proxy to SC", apis: [internal.AuthApi as Api] },
  ]);
}

/** What an SPU sends to the SC's private port: registration, then reports without response. */
import { bool, type Infer, i32, i64, list, option, since, string, struct, u32 } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";
import { MirrorStatus } from "../../object/mirror.ts";
import { PartitionResolution, ReplicaStatus } from "../../object/partition.ts";
import { ReplicaKey } from "../../object/replica-key.ts";
import { oneWay } from "./one-way.ts";

/** `spu` is the id under which the SPU is registered. */
export const RegisterSpuRequest = struct("RegisterSpuRequest", { spu: i32() });
export type RegisterSpuRequest = Infer<typeof RegisterSpuRequest>;

export const RegisterSpuResponse = struct("RegisterSpuResponse", {
  errorCode: ErrorCode,
  errorMessage: option(string()),
});
export type RegisterSpuResponse = Infer<typeof RegisterSpuResponse>;

export const RegisterSpuApi: Api<RegisterSpuRequest, RegisterSpuResponse> = {
  name: "RegisterSpu",
  key: 2000,
  minVersion: 0,
  maxVersion: 0,
  request: RegisterSpuRequest,
  response: RegisterSpuResponse,
  stream: false,
};

/** State of one replica that the reporting SPU leads; `size` in bytes. */
export const LrsRequest = struct("LrsRequest", {
  id: ReplicaKey,
  leader: ReplicaStatus,
  replicas: list(ReplicaStatus),
  size: i64(),
  baseOffset: since(1, i64()),
});
export type LrsRequest = Infer<typeof LrsRequest>;

export const SpuStat = struct("SpuStat", { smartmodulesCount: u32(), smartStreamsCount: u32() });
export type SpuStat = Infer<typeof SpuStat>;

/** Sent every 400 ms, also when empty: it is the heartbeat. */
export const UpdateLrsRequest = struct("UpdateLrsRequest", { replicas: list(LrsRequest), stat: SpuStat });
export type UpdateLrsRequest = Infer<typeof UpdateLrsRequest>;
export const UpdateLrsApi = oneWay("UpdateLrs", 2001, 1, UpdateLrsRequest);

/** The data of a replica that was being deleted is gone. */
export const ReplicaRemovedRequest = struct("ReplicaRemovedRequest", { id: ReplicaKey, confirm: bool() });
export type ReplicaRemovedRequest = Infer<typeof ReplicaRemovedRequest>;
export const ReplicaRemovedApi = oneWay("ReplicaRemoved", 2002, 0, ReplicaRemovedRequest);

export const MirrorStatRequest = struct("MirrorStatRequest", { mirrorId: string(), status: MirrorStatus });
export type MirrorStatRequest = Infer<typeof MirrorStatRequest>;

export const UpdateMirrorStatRequest = struct("UpdateMirrorStatRequest", { stats: list(MirrorStatRequest) });
export type UpdateMirrorStatRequest = Infer<typeof UpdateMirrorStatRequest>;
export const UpdateMirrorStatApi = oneWay("UpdateMirrorStat", 2003, 0, UpdateMirrorStatRequest);

export const PartitionStatRequest = struct("PartitionStatRequest", {
  replicaKey: ReplicaKey,
  resolution: PartitionResolution,
});
export type PartitionStatRequest = Infer<typeof PartitionStatRequest>;

export const UpdatePartitionStatRequest = struct("UpdatePartitionStatRequest", {
  stats: list(PartitionStatRequest),
});
export type UpdatePartitionStatRequest = Infer<typeof UpdatePartitionStatRequest>;
export const UpdatePartitionStatApi = oneWay("UpdatePartitionStat", 2004, 0, UpdatePartitionStatRequest);

/** Every API of an SC's private port, by key. */
export const scPrivateApis: ReadonlyMap<number, Api> = new Map(
  [RegisterSpuApi, UpdateLrsApi, ReplicaRemovedApi, UpdateMirrorStatApi, UpdatePartitionStatApi].map(
    (api) => [api.key, api as Api],
  ),
);

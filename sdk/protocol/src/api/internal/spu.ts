/** What the SC sends to a registered SPU: its view of SPUs, replicas, SmartModules and mirrors. */
import { type Codec, type Infer, i64, list, string, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";
import { message } from "../../object/metadata.ts";
import { MirrorSpec } from "../../object/mirror.ts";
import { Replica } from "../../object/replica.ts";
import { SmartModuleSpec } from "../../object/smartmodule.ts";
import { SpuSpec } from "../../object/spu.ts";
import { oneWay } from "./one-way.ts";

/** A non-empty `all` is the full state; with an empty one, `changes` apply. */
const controlPlaneRequest = <T>(name: string, codec: Codec<T>) =>
  struct(`ControlPlaneRequest<${name}>`, {
    epoch: i64(),
    changes: list(message(name, codec)),
    all: list(codec),
  });

/** Version 0: SPUs travel without their local public endpoint. */
export const UpdateSpuRequest = controlPlaneRequest("SpuSpec", SpuSpec);
export type UpdateSpuRequest = Infer<typeof UpdateSpuRequest>;
export const UpdateSpuApi = oneWay("UpdateSpu", 1001, 0, UpdateSpuRequest);

export const UpdateReplicaRequest = controlPlaneRequest("Replica", Replica);
export type UpdateReplicaRequest = Infer<typeof UpdateReplicaRequest>;
export const UpdateReplicaApi = oneWay("UpdateReplica", 1002, 18, UpdateReplicaRequest);

/** `name` is the store id. */
export const SmartModuleEntry = struct("SmartModuleEntry", { name: string(), spec: SmartModuleSpec });
export type SmartModuleEntry = Infer<typeof SmartModuleEntry>;

export const UpdateSmartModuleRequest = controlPlaneRequest("SmartModuleEntry", SmartModuleEntry);
export type UpdateSmartModuleRequest = Infer<typeof UpdateSmartModuleRequest>;
export const UpdateSmartModuleApi = oneWay("UpdateSmartModule", 1003, 10, UpdateSmartModuleRequest);

export const MirrorEntry = struct("MirrorEntry", { name: string(), spec: MirrorSpec });
export type MirrorEntry = Infer<typeof MirrorEntry>;

export const UpdateMirrorRequest = controlPlaneRequest("MirrorEntry", MirrorEntry);
export type UpdateMirrorRequest = Infer<typeof UpdateMirrorRequest>;
export const UpdateMirrorApi = oneWay("UpdateMirror", 1004, 0, UpdateMirrorRequest);

/** Everything an SPU receives from the SC, by key. */
export const spuControlApis: ReadonlyMap<number, Api> = new Map(
  [UpdateSpuApi, UpdateReplicaApi, UpdateSmartModuleApi, UpdateMirrorApi].map((api) => [api.key, api as Api]),
);

/** SPU group: a set of managed SPUs. */
import { enumOf, type Infer, i32, list, option, string, struct, u16 } from "../codec/index.ts";

export const ReplicationConfig = struct("ReplicationConfig", { inSyncReplicaMin: option(u16()) });
export type ReplicationConfig = Infer<typeof ReplicationConfig>;

/** `size` is a quantity in Kubernetes notation, as `10Gi`. */
export const StorageConfig = struct("StorageConfig", { logDir: option(string()), size: option(string()) });
export type StorageConfig = Infer<typeof StorageConfig>;

export const EnvVar = struct("EnvVar", { name: string(), value: string() });
export type EnvVar = Infer<typeof EnvVar>;

export const SpuConfig = struct("SpuConfig", {
  rack: option(string()),
  replication: option(ReplicationConfig),
  storage: option(StorageConfig),
  env: list(EnvVar),
});
export type SpuConfig = Infer<typeof SpuConfig>;

export const SpuGroupSpec = struct("SpuGroupSpec", { replicas: u16(), minId: i32(), spuConfig: SpuConfig });
export type SpuGroupSpec = Infer<typeof SpuGroupSpec>;

export const SpuGroupStatusResolution = enumOf("SpuGroupStatusResolution", {
  Init: 0,
  Invalid: 1,
  Reserved: 2,
});
export type SpuGroupStatusResolution = Infer<typeof SpuGroupStatusResolution>;

export const SpuGroupStatus = struct("SpuGroupStatus", {
  resolution: SpuGroupStatusResolution,
  reason: option(string()),
});
export type SpuGroupStatus = Infer<typeof SpuGroupStatus>;

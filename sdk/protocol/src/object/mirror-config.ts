/** How a topic and its partitions are mirrored between a home cluster and its remotes. */
import { bool, type Infer, i32, list, since, spread, string, struct, union } from "../codec/index.ts";

/** A partition on the home side: which replica of which remote cluster it mirrors. */
export const HomePartitionConfig = struct("HomePartitionConfig", {
  remoteCluster: string(),
  remoteReplica: string(),
  source: since(18, bool()),
});
export type HomePartitionConfig = Infer<typeof HomePartitionConfig>;

const RemotePartitionConfig = struct("RemotePartitionConfig", {
  homeCluster: string(),
  homeSpuKey: string(),
  homeSpuId: i32(),
  homeSpuEndpoint: string(),
  target: since(18, bool()),
});

/** Mirroring of one partition. Both variants spread their fields. */
export const PartitionMirrorConfig = union("PartitionMirrorConfig", {
  Remote: spread(0, RemotePartitionConfig),
  Home: spread(1, HomePartitionConfig),
});
export type PartitionMirrorConfig = Infer<typeof PartitionMirrorConfig>;

/** An SPU of the home cluster, as a remote sees it. */
export const SpuMirrorConfig = struct("SpuMirrorConfig", { id: i32(), key: string(), endpoint: string() });
export type SpuMirrorConfig = Infer<typeof SpuMirrorConfig>;

const RemoteMirrorConfig = struct("RemoteMirrorConfig", {
  homeCluster: string(),
  homeSpus: list(SpuMirrorConfig),
  target: since(18, bool()),
});

const HomeMirrorConfig = struct("HomeMirrorConfig", {
  partitions: list(HomePartitionConfig),
  source: since(18, bool()),
});

/** Mirroring of a whole topic. */
export const MirrorConfig = union("MirrorConfig", {
  Remote: spread(0, RemoteMirrorConfig),
  Home: spread(1, HomeMirrorConfig),
});
export type MirrorConfig = Infer<typeof MirrorConfig>;

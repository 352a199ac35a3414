/** The mirror stream between SPUs of two clusters, after StartMirror: one-way requests of version 1. */
import { type Infer, i64, recordSet, struct } from "../../codec/index.ts";
import { oneWay } from "./one-way.ts";
import { ReplicaOffset } from "./peer.ts";

/** Records of the mirrored replica, from the receiver's log end. */
export const MirrorSyncRequest = struct("MirrorSyncRequest", { hw: i64(), leo: i64(), records: recordSet() });
export type MirrorSyncRequest = Infer<typeof MirrorSyncRequest>;

/** From home: where the home replica stands. */
export const UpdateHomeOffsetApi = oneWay("UpdateHomeOffset", 0, 1, ReplicaOffset);
/** From home: records for the remote. */
export const HomeSyncRecordsApi = oneWay("HomeSyncRecords", 1, 1, MirrorSyncRequest);
/** From the remote: records for home. */
export const RemoteSyncRecordsApi = oneWay("RemoteSyncRecords", 0, 1, MirrorSyncRequest);
/** From the remote: where its replica stands. */
export const UpdateEdgeOffsetApi = oneWay("UpdateEdgeOffset", 1, 1, ReplicaOffset);

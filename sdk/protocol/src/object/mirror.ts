/** Mirror: the tie between a home cluster and a remote one. */
import {
  enumOf,
  type Infer,
  newtype,
  option,
  spread,
  string,
  struct,
  u64,
  union,
  unit,
} from "../codec/index.ts";

/** PEM texts for connecting to the other cluster. */
export const ClientTls = struct("ClientTls", {
  domain: string(),
  caCert: string(),
  clientCert: string(),
  clientKey: string(),
});
export type ClientTls = Infer<typeof ClientTls>;

const Remote = struct("Remote", { id: string() });
const Home = struct("Home", {
  id: string(),
  remoteId: string(),
  publicEndpoint: string(),
  clientTls: option(ClientTls),
});

export const MirrorType = union("MirrorType", { Remote: spread(0, Remote), Home: spread(1, Home) });
export type MirrorType = Infer<typeof MirrorType>;

export const MirrorSpec = struct("MirrorSpec", { mirrorType: MirrorType });
export type MirrorSpec = Infer<typeof MirrorSpec>;

export const ConnectionStatus = enumOf("ConnectionStatus", { Offline: 0, Online: 1 });
export type ConnectionStatus = Infer<typeof ConnectionStatus>;

/** `Unauthorized` and `DetailFailure` are unknown to older clients. */
export const MirrorPairStatus = union("MirrorPairStatus", {
  Waiting: unit(0),
  Successful: unit(1),
  Failed: unit(2),
  Disabled: unit(3),
  Unauthorized: unit(4),
  DetailFailure: newtype(5, string()),
});
export type MirrorPairStatus = Infer<typeof MirrorPairStatus>;

/** `connectionStat.lastSeen` in milliseconds since the epoch; 0 is never. */
export const MirrorStatus = struct("MirrorStatus", {
  connectionStatus: ConnectionStatus,
  pairingSc: MirrorPairStatus,
  pairingSpu: MirrorPairStatus,
  connectionStat: struct("ConnectionStat", { lastSeen: u64() }),
});
export type MirrorStatus = Infer<typeof MirrorStatus>;

/** SPU and custom SPU: endpoints and state of one streaming processing unit. */
import {
  enumOf,
  type Infer,
  i32,
  list,
  newtype,
  option,
  since,
  string,
  struct,
  u16,
  union,
  withDefault,
} from "../codec/index.ts";

export const EncryptionEnum = enumOf("EncryptionEnum", { PLAINTEXT: 0, SSL: 1 });
export type EncryptionEnum = Infer<typeof EncryptionEnum>;

export const SpuType = enumOf("SpuType", { Managed: 0, Custom: 1 });
export type SpuType = Infer<typeof SpuType>;

export const IngressAddr = struct("IngressAddr", { hostname: option(string()), ip: option(string()) });
export type IngressAddr = Infer<typeof IngressAddr>;

/** Where clients connect: the first ingress entry counts, `hostname` before `ip`. */
export const IngressPort = struct("IngressPort", {
  port: u16(),
  ingress: list(IngressAddr),
  encryption: EncryptionEnum,
});
export type IngressPort = Infer<typeof IngressPort>;

export const Endpoint = struct("Endpoint", {
  port: u16(),
  host: withDefault(string(), () => "127.0.0.1"),
  encryption: EncryptionEnum,
});
export type Endpoint = Infer<typeof Endpoint>;

export const SpuSpec = struct("SpuSpec", {
  id: i32(),
  spuType: SpuType,
  publicEndpoint: IngressPort,
  privateEndpoint: Endpoint,
  rack: option(string()),
  publicEndpointLocal: since(1, option(Endpoint)),
});
export type SpuSpec = Infer<typeof SpuSpec>;

export const SpuStatusResolution = enumOf(
  "SpuStatusResolution",
  { Online: 0, Offline: 1, Init: 2 },
  { initial: "Init" },
);
export type SpuStatusResolution = Infer<typeof SpuStatusResolution>;

export const SpuStatus = struct("SpuStatus", { resolution: SpuStatusResolution });
export type SpuStatus = Infer<typeof SpuStatus>;

/** An SPU that somebody else runs; its status is SpuStatus. */
export const CustomSpuSpec = struct("CustomSpuSpec", {
  id: i32(),
  publicEndpoint: IngressPort,
  privateEndpoint: Endpoint,
  rack: option(string()),
  publicEndpointLocal: option(Endpoint),
});
export type CustomSpuSpec = Infer<typeof CustomSpuSpec>;

/** What to delete a custom SPU by. On the wire the variant is its name as text, not a number. */
export const CustomSpuKey = union(
  "CustomSpuKey",
  { Name: newtype("Name", string()), Id: newtype("Id", i32()) },
  { tag: "string", initial: () => ({ kind: "Id", value: 0 }) },
);
export type CustomSpuKey = Infer<typeof CustomSpuKey>;

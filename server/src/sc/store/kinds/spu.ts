// SPU and SPU group objects in metadata files.
import type {
  EncryptionEnum,
  Endpoint,
  IngressPort,
  SpuGroupSpec,
  SpuGroupStatus,
  SpuSpec,
  SpuStatus,
} from "@smdk/protocol";
import { fields, i32, list, nullable, type Shape, text, u16, word } from "../shape.ts";
import { isNull } from "./common.ts";

const encryption: Shape<EncryptionEnum> = word(["PLAINTEXT", "SSL"]);

const ingressPort: Shape<IngressPort> = fields({
  port: { shape: u16, absent: 0 },
  ingress: {
    shape: list(fields({ hostname: { shape: nullable(text) }, ip: { shape: nullable(text) } })),
    absent: [],
  },
  encryption: { shape: encryption, absent: "PLAINTEXT" },
});

const endpoint: Shape<Endpoint> = fields({
  port: { shape: u16 },
  host: { shape: text },
  encryption: { shape: encryption },
});

export const spuSpec: Shape<SpuSpec> = fields({
  id: { shape: i32, as: "spuId" },
  spuType: { shape: word(["Managed", "Custom"]), absent: "Managed" },
  publicEndpoint: { shape: ingressPort },
  privateEndpoint: { shape: endpoint },
  rack: { shape: nullable(text), omit: isNull },
  publicEndpointLocal: { shape: nullable(endpoint), omit: isNull },
});

export const spuStatus: Shape<SpuStatus> = fields({
  resolution: { shape: word(["Online", "Offline", "Init"]) },
});

export const spuGroupSpec: Shape<SpuGroupSpec> = fields({
  replicas: { shape: u16 },
  minId: { shape: i32 },
  spuConfig: {
    shape: fields({
      rack: { shape: nullable(text) },
      replication: { shape: nullable(fields({ inSyncReplicaMin: { shape: nullable(u16) } })) },
      storage: {
        shape: nullable(fields({ logDir: { shape: nullable(text) }, size: { shape: nullable(text) } })),
      },
      env: { shape: list(fields({ name: { shape: text }, value: { shape: text } })), absent: [] },
    }),
  },
});

export const spuGroupStatus: Shape<SpuGroupStatus> = fields({
  resolution: { shape: word(["Init", "Invalid", "Reserved"]) },
  reason: { shape: nullable(text) },
});

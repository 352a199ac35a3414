// Mirror objects in metadata files.
import type { MirrorPairStatus, MirrorSpec, MirrorStatus, MirrorType } from "@smdk/protocol";
import { fields, kinded, nullable, type Shape, text, u64, variants, word, wrapped } from "../shape.ts";
import { isNull } from "./common.ts";

type Type<K extends MirrorType["kind"]> = Extract<MirrorType, { kind: K }>;

export const mirrorSpec: Shape<MirrorSpec> = fields({
  mirrorType: {
    shape: variants<MirrorType>("tag", {
      Remote: { tag: "remote", shape: kinded<Type<"Remote">>("Remote", fields({ id: { shape: text } })) },
      Home: {
        tag: "home",
        shape: kinded<Type<"Home">>(
          "Home",
          fields({
            id: { shape: text },
            remoteId: { shape: text },
            publicEndpoint: { shape: text },
            clientTls: {
              shape: nullable(
                fields({
                  domain: { shape: text },
                  caCert: { shape: text },
                  clientCert: { shape: text },
                  clientKey: { shape: text },
                }),
              ),
              omit: isNull,
            },
          }),
        ),
      },
    }),
  },
});

const WORDS = ["Waiting", "Successful", "Failed", "Disabled", "Unauthorized"] as const;
const plainStatus = word(WORDS);
const detailStatus = variants<Extract<MirrorPairStatus, { kind: "DetailFailure" }>>("tag", {
  DetailFailure: { tag: "DetailFailure", shape: wrapped("DetailFailure", text) },
});

/** Plain words, except for the one variant with a text. */
const pairStatus: Shape<MirrorPairStatus> = {
  write: (status) =>
    status.kind === "DetailFailure" ? detailStatus.write(status) : plainStatus.write(status.kind),
  read: (yaml, path) =>
    typeof yaml === "string" ? { kind: plainStatus.read(yaml, path) } : detailStatus.read(yaml, path),
};

const waiting: MirrorPairStatus = { kind: "Waiting" };

export const mirrorStatus: Shape<MirrorStatus> = fields({
  connectionStatus: { shape: word(["Offline", "Online"]) },
  pairingSc: { shape: pairStatus, absent: waiting },
  pairingSpu: { shape: pairStatus, absent: waiting },
  connectionStat: { shape: fields({ lastSeen: { shape: u64 } }) },
});

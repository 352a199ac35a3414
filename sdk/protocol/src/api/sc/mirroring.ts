/** Mirroring (SC 1005): a remote cluster's SC asks its home for the topics it has to mirror. */
import { envelope, type Infer, i32, list, option, string, struct } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";
import { TopicSpec } from "../../object/topic.ts";

export const MirroringRequest = envelope(
  "MirroringRequest",
  { MirroringConnect: struct("MirrorConnect", { remoteId: string() }) },
  { alwaysLength: true },
);
export type MirroringRequest = Infer<typeof MirroringRequest>;

/** A topic with a partition for this remote, and the SPU that leads that partition. */
export const MirroringSpecTopic = struct("MirroringSpecTopic", {
  key: string(),
  spec: TopicSpec,
  spuId: i32(),
  spuKey: string(),
  spuEndpoint: string(),
});
export type MirroringSpecTopic = Infer<typeof MirroringSpecTopic>;

/** `name` is a text for people. */
export const MirroringStatusResponse = struct("MirroringStatusResponse", {
  name: string(),
  errorCode: ErrorCode,
  errorMessage: option(string()),
  topics: list(MirroringSpecTopic),
});
export type MirroringStatusResponse = Infer<typeof MirroringStatusResponse>;

export const MirroringApi: Api<MirroringRequest, MirroringStatusResponse> = {
  name: "Mirroring",
  key: 1005,
  minVersion: 14,
  maxVersion: 19,
  request: MirroringRequest,
  response: MirroringStatusResponse,
  stream: true,
};

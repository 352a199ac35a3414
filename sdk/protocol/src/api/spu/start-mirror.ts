/** StartMirror (SPU 2000): turns a connection into a mirror stream (see api/internal/mirror.ts). No response. */
import { type Infer, string, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";

export const StartMirrorRequest = struct("StartMirrorRequest", {
  remoteReplica: string(),
  remoteClusterId: string(),
});
export type StartMirrorRequest = Infer<typeof StartMirrorRequest>;

/** Never sent. */
export const StartMirrorResponse = struct("StartMirrorResponse", {});
export type StartMirrorResponse = Infer<typeof StartMirrorResponse>;

export const StartMirrorApi: Api<StartMirrorRequest, StartMirrorResponse> = {
  name: "StartMirror",
  key: 2000,
  minVersion: 23,
  maxVersion: 25,
  request: StartMirrorRequest,
  response: StartMirrorResponse,
  stream: true,
};

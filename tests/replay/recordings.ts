// Recordings of real clients against a real cluster, as data: what was sent and received on every connection.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Api, scPublicApis, spuPublicApis } from "@smdk/protocol";

export type Frame = {
  direction: "request" | "response";
  api: Api;
  version: number;
  correlationId: number;
  /** Without length prefix. */
  bytes: Uint8Array;
};

export type RecordedConnection = { server: "SC" | "SPU"; frames: Frame[] };
export type Step = { connections: RecordedConnection[] };

type RawFrame = {
  dir: "c2s" | "s2c";
  apiKey?: number;
  apiVersion?: number;
  correlationId: number;
  hex: string;
};
type RawRecording = {
  steps: { connections: { server: "SC" | "SPU"; frames: RawFrame[] }[] }[];
};

const folder = new URL("../../sdk/protocol/test/fixtures/recordings/", import.meta.url);

/** The steps of one recorded scenario. */
export function recordedSteps(scenario: string): Step[] {
  const file = new URL(`${scenario}.json.gz`, folder);
  const recording = JSON.parse(gunzipSync(readFileSync(file)).toString()) as RawRecording;
  return recording.steps.map(({ connections }) => ({
    connections: connections.map(({ server, frames }) => ({
      server,
      frames: frames.filter((frame) => frame.apiKey !== undefined).map((frame) => toFrame(server, frame)),
    })),
  }));
}

function toFrame(server: "SC" | "SPU", { dir, apiKey, apiVersion, correlationId, hex }: RawFrame): Frame {
  const api = (server === "SC" ? scPublicApis : spuPublicApis).get(apiKey!);
  if (api === undefined) throw new Error(`recorded frame of unknown API ${apiKey}`);
  return {
    direction: dir === "c2s" ? "request" : "response",
    api,
    version: apiVersion!,
    correlationId,
    bytes: Uint8Array.from(Buffer.from(hex, "hex")),
  };
}

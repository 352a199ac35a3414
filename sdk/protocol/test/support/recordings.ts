import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Api, decodeRequestHeader, scPublicApis, spuPublicApis } from "../../src/index.ts";

/** One recorded frame, without length prefix. */
export interface RecordedFrame {
  /** File and position, for messages. */
  where: string;
  direction: "request" | "response";
  server: "SC" | "SPU";
  bytes: Uint8Array;
  /** Null for a response that no recorded request explains. */
  api: Api | null;
  version: number;
}

interface Recording {
  steps: {
    connections: {
      server: "SC" | "SPU";
      frames: { dir: "c2s" | "s2c"; apiKey?: number; apiVersion?: number; hex: string }[];
    }[];
  }[];
}

const folder = new URL("../fixtures/recordings/", import.meta.url);

/** Every frame that the CLI, the npm client and the Python client exchanged with a real cluster in the recordings. */
export function recordedFrames(): RecordedFrame[] {
  const frames: RecordedFrame[] = [];
  for (const file of readdirSync(folder).sort()) {
    const recording = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString()) as Recording;
    for (const [s, step] of recording.steps.entries()) {
      for (const [c, { server, frames: recorded }] of step.connections.entries()) {
        for (const [f, { dir, apiKey, apiVersion, hex }] of recorded.entries()) {
          const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
          const request = dir === "c2s" ? decodeRequestHeader(bytes) : null;
          const key = request?.apiKey ?? apiKey;
          const apis = server === "SC" ? scPublicApis : spuPublicApis;
          frames.push({
            where: `${file} step ${s} connection ${c} frame ${f}`,
            direction: request === null ? "response" : "request",
            server,
            bytes,
            api: key === undefined ? null : (apis.get(key) ?? null),
            version: request?.apiVersion ?? apiVersion ?? 0,
          });
        }
      }
    }
  }
  return frames;
}

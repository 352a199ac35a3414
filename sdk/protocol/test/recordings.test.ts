import { expect, test } from "vitest";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  FrameSplitter,
  scPublicApis,
  spuPublicApis,
} from "../src/index.ts";
import { recordedFrames } from "./support/recordings.ts";

test("every recorded frame of the real clients decodes and encodes to the same bytes", () => {
  const counts = new Map<string, number>();
  let unexplained = 0;
  for (const { where, direction, bytes, api, version } of recordedFrames()) {
    if (api === null) {
      expect(direction, where).toBe("response");
      unexplained++;
      continue;
    }
    let encoded: Uint8Array;
    if (direction === "request") {
      const { header, body } = decodeRequest(api, bytes);
      const { correlationId, clientId } = header;
      encoded = encodeRequest(api, { version, correlationId, clientId, body });
    } else {
      const { correlationId, body } = decodeResponse(api, version, bytes);
      encoded = encodeResponse(api, version, correlationId, body);
    }
    const again = new FrameSplitter().push(encoded);
    if (again.length !== 1 || Buffer.compare(again[0]!, bytes) !== 0) {
      expect.fail(`${where}: ${api.name} ${direction} v${version} is not encoded to what was recorded`);
    }
    const key = `${api.name} ${direction} v${version}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${total} recorded frames, ${unexplained} responses without a request were skipped`);
  console.log([...counts].map(([key, count]) => `  ${key}: ${count}`).join("\n"));
  expect(total).toBeGreaterThan(1400);
  expect(unexplained).toBe(0);
  for (const api of [...scPublicApis.values()].filter(
    (known) => !["Mirroring", "Update"].includes(known.name),
  )) {
    expect([...counts.keys()].some((key) => key.startsWith(`${api.name} request`))).toBe(true);
  }
  for (const name of ["Produce", "FetchOffsets", "StreamFetch", "UpdateOffsets", "FetchConsumerOffsets"]) {
    expect([...spuPublicApis.values()].some((api) => api.name === name)).toBe(true);
    expect([...counts.keys()].some((key) => key.startsWith(`${name} response`))).toBe(true);
  }
});

// Admin calls of real clients (the fluvio CLI, @fluvio/client from npm, fluvio from PyPI), with the answers a real
// cluster gave: ours must say the same.
import { readFileSync } from "node:fs";
import {
  type Api,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  type ListResponse,
  type Status,
  scPublicApis,
} from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { testCluster, testWire, type Wire } from "./wire.ts";

interface Recording {
  scenario: string;
  client: string;
  steps: { args: string[]; calls: { request: string; response?: string }[] }[];
}

const file = new URL("./fixtures/recorded-admin-calls.json", import.meta.url);
const recordings = JSON.parse(readFileSync(file, "utf8")) as Recording[];

const LIST = 1003;

function framed(hex: string): Uint8Array {
  const body = Buffer.from(hex, "hex");
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  return frame;
}

const plain = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

async function answer(wire: Wire, request: string): Promise<Uint8Array> {
  wire.write(framed(request));
  return wire.frame(decodeRequestHeader(plain(request)).correlationId);
}

/** Names that a recording creates before the given step: what else it lists was there before it began. */
function createdIn({ steps }: Recording): Set<string> {
  const names = new Set<string>();
  for (const { request } of steps.flatMap(({ calls }) => calls)) {
    const header = decodeRequestHeader(plain(request));
    if (header.apiKey !== 1001) continue;
    const { body } = decodeRequest(scPublicApis.get(1001) as Api<{ name: string }, Status>, plain(request));
    names.add(body.name);
  }
  return names;
}

/** What both clusters must agree on: not addresses, sizes and offsets. */
function comparable(response: ListResponse, names: ReadonlySet<string>): unknown {
  if (response.type === "Unknown") return response;
  const objects = (
    response.objects as { name: string; spec: Record<string, unknown>; status: unknown }[]
  ).map(({ name, spec, status }) => {
    if (response.type === "Partition") {
      return { name, spec, status: { ...(status as object), leader: null, size: null, baseOffset: null } };
    }
    const { publicEndpoint, privateEndpoint, ...rest } = spec;
    return { name, spec: rest, status };
  });
  const topicOf = (name: string) => (response.type === "Partition" ? name.replace(/-\d+$/, "") : name);
  return {
    type: response.type,
    objects: objects
      .filter(({ name }) => response.type === "SPU" || names.has(topicOf(name)))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

describe.each(recordings)("$scenario", (recording) => {
  it("gets the recorded answers", async () => {
    const cluster = await testCluster();
    const names = createdIn(recording);
    let compared = 0;
    for (const { args, calls } of recording.steps) {
      const wire = await testWire(cluster);
      for (const { request, response } of calls) {
        const { apiKey, apiVersion } = decodeRequestHeader(plain(request));
        const api = scPublicApis.get(apiKey);
        if (api === undefined) throw new Error(`unexpected key ${apiKey}`);
        if (response === undefined) {
          // The recorded client gave up waiting.
          wire.write(framed(request));
          continue;
        }
        const ours = await answer(wire, request);
        if (apiKey !== LIST) {
          expect([args, Buffer.from(ours).toString("hex")]).toEqual([args, response]);
        } else {
          const list = api as Api<unknown, ListResponse>;
          const expected = decodeResponse(list, apiVersion, plain(response));
          const actual = decodeResponse(list, apiVersion, ours);
          expect([args, comparable(actual.body, names)]).toEqual([args, comparable(expected.body, names)]);
        }
        compared += 1;
      }
      wire.close();
    }
    expect(compared).toBeGreaterThan(0);
  });
});

it("answers requests at the edges as a real SC did", async () => {
  const path = new URL("./fixtures/recorded-edge-cases.json", import.meta.url);
  const cases = JSON.parse(readFileSync(path, "utf8")) as { request: string; response: string | null }[];
  const cluster = await testCluster();
  for (const { request, response } of cases) {
    const wire = await testWire(cluster);
    const { header, body } = decodeRequest(
      scPublicApis.get(decodeRequestHeader(plain(request)).apiKey)!,
      plain(request),
    );
    const ours = await answer(wire, request).catch(() => null);
    wire.close();
    if (header.apiKey !== LIST || response === null || ours === null) {
      expect([body, ours && Buffer.from(ours).toString("hex")]).toEqual([body, response]);
      continue;
    }
    const list = scPublicApis.get(LIST) as Api<unknown, ListResponse>;
    // A real SC lists in no particular order, and payloads come as views of different kinds.
    const sorted = (frame: Uint8Array) => {
      const { body: found } = decodeResponse(list, header.apiVersion, frame);
      if (found.type === "Unknown") return found;
      return [...found.objects].sort((a, b) => (a.name < b.name ? -1 : 1));
    };
    expect([body, sorted(ours)]).toEqual([body, sorted(plain(response))]);
  }
});

// Sends what real clients sent to a real cluster to one of ours, in the order in which it was recorded, and compares
// the answers field by field.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateApi, decodeRequest } from "@smdk/protocol";
import { type Cluster, startCluster } from "@smdk/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ComparableStream, comparable } from "./compare.ts";
import { ReplayConnection } from "./connection.ts";
import { type Frame, type RecordedConnection, recordedSteps } from "./recordings.ts";

/** The order in which the scenarios were recorded: each one builds on what the earlier ones left behind. */
const SCENARIOS = [
  "cli-topic-lifecycle",
  "cli-topic-options",
  "cli-cluster-status",
  "cli-produce-consume",
  "cli-compression-gzip",
  "cli-compression-snappy",
  "cli-compression-lz4",
  "cli-compression-zstd",
  "cli-isolation-delivery",
  "cli-smartmodule-lifecycle",
  "cli-errors",
  "cli-smartmodule-consume",
  "cli-smartmodule-params",
  "cli-smartmodule-produce",
  "cli-table-format",
  "cli-consumer-offsets",
  "py-admin",
  "py-produce-consume",
  "py-smartmodule",
  "npm-admin",
  "npm-produce-consume",
];

let cluster: Cluster;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "smdk-replay-"));
  cluster = await startCluster({ dir: directory });
});

afterAll(async () => {
  await cluster.close();
  await rm(directory, { recursive: true, force: true });
});

describe("recorded clients get the recorded answers", () => {
  for (const scenario of SCENARIOS) {
    const steps = recordedSteps(scenario);
    describe(scenario, () => {
      for (const [index, step] of steps.entries()) {
        it(`step ${index + 1}`, async () => {
          const open: ReplayConnection[] = [];
          try {
            for (const recorded of step.connections) {
              const address = recorded.server === "SC" ? cluster.scAddress : cluster.spus[0]!.address;
              const connection = await ReplayConnection.open(address);
              open.push(connection);
              await replay(connection, recorded);
            }
          } finally {
            for (const connection of open) connection.close();
          }
        });
      }
    });
  }
});

async function replay(connection: ReplayConnection, { server, frames }: RecordedConnection): Promise<void> {
  const watched = new Set<number>();
  const created = createdNames(frames);
  for (const frame of frames) {
    if (frame.direction === "request") {
      connection.send(frame.bytes);
      continue;
    }
    if (frame.api.name === "Watch") {
      // How changes are cut into frames is up to a server; the first frame has everything.
      if (!watched.has(frame.correlationId)) await compareWatch(connection, frame, created);
      watched.add(frame.correlationId);
      continue;
    }
    if (frame.api.name === "List") {
      await compareList(connection, frame, frames);
      continue;
    }
    const what = `${frame.api.name} ${frame.correlationId}`;
    const bytes = await connection.next(frame.correlationId, what);
    const expected = comparable(frame.api, frame.version, frame.bytes);
    const actual = comparable(frame.api, frame.version, bytes);
    if (server === "SPU" && frame.api.name === "StreamFetch") {
      compareStream(actual as ComparableStream, expected as ComparableStream);
    } else {
      expect(actual, what).toEqual(expected);
    }
  }
}

/**
 * A stream's answer. Two differences are wanted: records that SmartModules made while they were produced keep the
 * times they came with, and a stretch of which a SmartModule left nothing is part of the span, so that a reader who
 * counts spans comes to its end.
 */
function compareStream(actual: ComparableStream, expected: ComparableStream): void {
  const times = expected.records.map(({ timestamp }, i) =>
    timestamp === -1n ? actual.records[i]?.timestamp : timestamp,
  );
  expect(actual.span).toBeGreaterThanOrEqual(expected.span);
  expect({ ...actual, span: 0 }).toEqual({
    ...expected,
    span: 0,
    records: expected.records.map((record, i) => ({ ...record, timestamp: times[i] })),
  });
}

type Named = { name: string; spec: Record<string, unknown>; status: Record<string, unknown> };
type List = { type: string; objects: Named[] };

/** A list, asked for again while it is behind: what an SPU reports takes a moment to arrive. */
async function compareList(
  connection: ReplayConnection,
  frame: Frame,
  frames: readonly Frame[],
): Promise<void> {
  const { api, version, correlationId } = frame;
  const expected = shownList(comparable(api, version, frame.bytes) as List);
  const request = frames.find((other) => other.api === api && other.correlationId === correlationId)!;
  const answer = async () =>
    shownList(comparable(api, version, await connection.next(correlationId, "List")) as List);
  let actual = await answer();
  await expect
    .poll(
      async () => {
        const last = actual;
        connection.send(request.bytes);
        actual = await answer();
        return last;
      },
      { timeout: 5000 },
    )
    .toEqual(expected);
}

/** Names and specs; of a partition also how far it is. Addresses, sizes and ids of SPUs differ by nature. */
function shownList({ type, objects }: List) {
  const shown = objects.map(({ name, spec, status }) => {
    if (type === "SPU" || type === "CustomSpu") return { name };
    if (type === "Partition") {
      const { leader } = status as { leader: { hw: bigint; leo: bigint } };
      return { name, spec, resolution: status.resolution, hw: leader.hw, leo: leader.leo };
    }
    return { name, spec };
  });
  return { type, objects: shown.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** A recorded watch may show an object that the same connection created after it asked. */
async function compareWatch(connection: ReplayConnection, frame: Frame, created: Set<string>): Promise<void> {
  const bytes = await connection.next(frame.correlationId, "Watch");
  const names = (body: unknown) =>
    (body as { all: Named[] }).all
      .map(({ name }) => name)
      .filter((name) => !created.has(name))
      .sort();
  expect(names(comparable(frame.api, frame.version, bytes))).toEqual(
    names(comparable(frame.api, frame.version, frame.bytes)),
  );
}

/** Names that the requests of a connection create, partitions included. */
function createdNames(frames: readonly Frame[]): Set<string> {
  const names = new Set<string>();
  for (const { direction, api, bytes } of frames) {
    if (direction !== "request" || api !== CreateApi) continue;
    const request = decodeRequest(CreateApi, bytes).body;
    if (request.type === "Unknown") continue;
    const { name } = request;
    names.add(name).add(`${name}-0`);
  }
  return names;
}

/** A cluster of ours for one test file: its data in a temporary folder, on free ports of 127.0.0.1. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Cluster, startCluster } from "@smdk/server";
import { expect } from "vitest";
import type { Peer } from "./peers.ts";

export interface TestCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function testCluster(options: { spus?: number } = {}): Promise<TestCluster> {
  const dir = await mkdtemp(join(tmpdir(), "smdk-interop-"));
  const cluster = await startCluster({ dir, ...options });
  const close = async () => {
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { cluster, endpoint: cluster.scAddress, close, [Symbol.asyncDispose]: close };
}

/** A module built with the official Rust kit. */
export function rustModule(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.wasm`, import.meta.url));
}

/** Runs a client command that must succeed, and returns the values it printed. */
export async function succeed(peer: Peer, endpoint: string, ...args: string[]): Promise<unknown[]> {
  const { exit, rows, stderr } = await peer.run(endpoint, ...args);
  expect(exit, stderr).toBe(0);
  return rows;
}

// Answers with damaged bytes: whatever arrives, a client fails with its own errors, and soon.
import { Fluvio } from "@smdk/client";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { topicWith, useCluster } from "./cluster.ts";
import { ClusterProxy } from "./proxy.ts";

const setup = useCluster();
const limits = { connectTimeoutMs: 300, requestTimeoutMs: 300, metadataTimeoutMs: 300 };
const uncaught: unknown[] = [];
const note = (error: unknown): number => uncaught.push(error);

beforeAll(async () => {
  await topicWith(setup.fluvio, "hostile", ["a", "b", "c"]);
  process.on("unhandledRejection", note);
});
afterAll(() => {
  process.off("unhandledRejection", note);
});

it("a client survives damaged answers", async () => {
  const codes = new Set<string>();
  const damage = fc.array(fc.record({ frame: fc.nat(9), at: fc.nat(200), value: fc.nat(255) }), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      let count = 0;
      const proxy = await new ClusterProxy(setup.cluster, {
        damage(frame) {
          for (const change of changes) {
            if (change.frame === count && change.at < frame.length) frame[change.at] = change.value;
          }
          count++;
        },
      }).start();
      let fluvio: Fluvio | undefined;
      try {
        fluvio = await Fluvio.connect({ cluster: proxy.scAddress, ...limits });
        const retry = { maxRetries: 1, timeoutMs: 200 };
        const producer = await fluvio.producer("hostile", { retry });
        await producer.sendAll([{ value: "d" }]);
        const consumer = fluvio.consumer({
          topic: "hostile",
          start: "beginning",
          disableContinuous: true,
          consumer: "h",
          offsetStrategy: "auto",
          retry: { maxAttempts: 1, minDelayMs: 1 },
          signal: AbortSignal.timeout(1500),
        });
        for await (const record of consumer) expect(record.value.length).toBeGreaterThanOrEqual(0);
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === undefined) throw error;
        codes.add(code);
      } finally {
        await fluvio?.close().catch(() => undefined);
        await proxy.close();
      }
    }),
    { numRuns: 40 },
  );
  expect([...codes].filter((code) => !code.startsWith("SMDK_"))).toEqual([]);
  expect(codes.size).toBeGreaterThan(0);
  expect(uncaught).toEqual([]);
});

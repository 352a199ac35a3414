import { describe, expect, it } from "vitest";
import { DEFAULT_RETRY, retryDelay } from "../../src/producer/retry.ts";

const delays = (retry: typeof DEFAULT_RETRY): (number | null)[] =>
  [1, 2, 3, 4, 5].map((attempt) => retryDelay(retry, attempt, 0));

describe("retries of a producer", () => {
  it("come after powers of 20 ms by default, four times", () => {
    expect(delays(DEFAULT_RETRY)).toEqual([20, 400, 8000, 160_000, null]);
  });

  it("have other strategies and a longest delay", () => {
    expect(delays({ ...DEFAULT_RETRY, strategy: "fixed" })).toEqual([20, 20, 20, 20, null]);
    expect(delays({ ...DEFAULT_RETRY, strategy: "fibonacci" })).toEqual([20, 20, 40, 60, null]);
    expect(delays({ ...DEFAULT_RETRY, maxDelayMs: 500 })).toEqual([20, 400, 500, 500, null]);
  });

  it("end with their time", () => {
    expect(retryDelay(DEFAULT_RETRY, 4, 100_000)).toBe(160_000);
    expect(retryDelay(DEFAULT_RETRY, 4, 150_000)).toBeNull();
  });
});

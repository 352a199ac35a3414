import {
  FetchConsumerOffsetsApi,
  FetchOffsetsApi,
  ListApi,
  ProduceApi,
  StreamFetchApi,
  UpdateOffsetsApi,
} from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { VersionTable } from "../../src/transport/versions.ts";

const entry = (apiKey: number, minVersion: number, maxVersion: number) => ({
  apiKey,
  minVersion,
  maxVersion,
});

/** What SPUs of three generations advertise. */
const spu = (common: number): VersionTable =>
  new VersionTable([
    entry(0, 0, common),
    entry(1, 0, common),
    entry(1002, common, common),
    entry(1003, 0, common),
    entry(1005, 0, 0),
  ]);

describe("the version of a request", () => {
  it.each([23, 24, 25])("is what an SPU of version %i knows", (common) => {
    const table = spu(common);
    for (const api of [ProduceApi, FetchOffsetsApi, StreamFetchApi]) expect(table.lookup(api)).toBe(common);
    expect(table.lookup(UpdateOffsetsApi)).toBe(0);
  });

  it("of APIs that SPUs do not list is that of the others", () => {
    expect(spu(25).lookup(FetchConsumerOffsetsApi)).toBeNull();
    for (const common of [23, 24, 25])
      expect(spu(common).lookupOrDefault(FetchConsumerOffsetsApi)).toBe(common);
    expect(spu(99).lookupOrDefault(FetchConsumerOffsetsApi)).toBe(25);
    expect(new VersionTable([]).lookupOrDefault(FetchConsumerOffsetsApi)).toBe(25);
  });

  it("is the lower of both sides' highest, or none", () => {
    expect(new VersionTable([entry(1003, 10, 16)]).lookup(ListApi)).toBe(16);
    expect(new VersionTable([entry(1003, 15, 30)]).lookup(ListApi)).toBe(19);
    expect(new VersionTable([entry(1003, 1, 14)]).lookup(ListApi)).toBeNull();
    expect(new VersionTable([entry(1003, 20, 30)]).lookup(ListApi)).toBeNull();
  });
});

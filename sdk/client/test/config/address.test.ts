import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../src/config/address.ts";

describe("an address", () => {
  it.each([
    ["localhost:9103", { host: "localhost", port: 9103 }],
    ["example.org", { host: "example.org", port: 9003 }],
    ["[::1]:80", { host: "::1", port: 80 }],
    ["[fe80::1]", { host: "fe80::1", port: 9003 }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(formatAddress(address))).toEqual(address);
  });

  it.each(["", "host:", "host:99999", "host:0", "http://host", "a b", "::1"])("is not %j", (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: "SMDK_CONFIG" }));
  });
});

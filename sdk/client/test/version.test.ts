import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { CLIENT_VERSION } from "../src/version.ts";

it("the handshake names the version of the package", () => {
  const manifest = createRequire(import.meta.url)("../package.json") as { version: string };
  expect(CLIENT_VERSION).toBe(manifest.version);
});

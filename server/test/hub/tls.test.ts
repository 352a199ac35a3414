/** The hub over TLS, with a certificate made for the test. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import * as https from "node:https";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory, testHub } from "./support.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

test.skipIf(!hasOpenssl)("answers over TLS, and not in clear (needs openssl)", async () => {
  const dir = temporaryDirectory();
  const [certFile, keyFile] = [join(dir, "cert.pem"), join(dir, "key.pem")];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      keyFile,
      "-out",
      certFile,
    ],
    { stdio: "ignore" },
  );
  const cert = readFileSync(certFile, "utf8");
  const hub = await testHub({ tls: { cert, key: readFileSync(keyFile, "utf8") } });
  expect(hub.hub.url).toMatch(/^https:/);
  const body = await new Promise<string>((resolve, reject) => {
    https
      .get(`${hub.hub.url}/api/v1`, { ca: cert }, (answer) => {
        let text = "";
        answer.on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () => resolve(text));
      })
      .on("error", reject);
  });
  expect(JSON.parse(body)).toMatchObject({ hub: "smdk", key: hub.hub.key });
  await expect(fetch(hub.hub.url.replace("https:", "http:"))).rejects.toThrow();
  await hub.stop();
  rmSync(dir, { recursive: true, force: true });
});

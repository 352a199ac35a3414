/** Runs a hub in the foreground until it is asked to end. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writePrivate } from "@smdk/packages";
import { startHub, stderrLogger } from "@smdk/server";
import { CliError, fileErrorText } from "../../errors.ts";

const MIB = 1024 * 1024;

export interface ServeOptions {
  dir: string;
  host: string;
  port: number;
  tlsCert: string | undefined;
  tlsKey: string | undefined;
  maxPackageMiB: number | undefined;
  rate: number | undefined;
  behindProxy: boolean;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
}

export interface HubState {
  url: string;
  key: string;
  /** File with the admin's token, on the first start. */
  tokenFile: string | null;
  dir: string;
}

export async function serveHub(options: ServeOptions, started: (state: HubState) => void): Promise<void> {
  const { maxPackageMiB, rate, tlsCert, tlsKey } = options;
  const dir = resolve(options.dir);
  const hub = await startHub({
    dir,
    host: options.host,
    port: options.port,
    logger: stderrLogger(options.logLevel),
    behindProxy: options.behindProxy,
    limits: {
      ...(maxPackageMiB !== undefined && {
        packageBytes: maxPackageMiB * MIB,
        unpackedBytes: maxPackageMiB * MIB,
      }),
      ...(rate !== undefined && { requestsPerSecond: rate, requestBurst: rate * 10 }),
    },
    ...(tlsCert !== undefined &&
      tlsKey !== undefined && { tls: { cert: await pem(tlsCert), key: await pem(tlsKey) } }),
  });
  // Never printed: terminals and logs are read by others.
  const tokenFile = hub.adminToken === undefined ? null : join(dir, "admin.token");
  if (tokenFile !== null) writePrivate(tokenFile, `${hub.adminToken}\n`);
  started({ url: hub.url, key: hub.key, tokenFile, dir });
  await new Promise<void>((stop) => {
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
  await hub.close();
}

async function pem(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    throw new CliError("config", `${path}: ${fileErrorText(error)}`, {
      hint: "check --tls-cert and --tls-key",
    });
  });
}

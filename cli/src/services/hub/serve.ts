/** Runs a hub in the foreground until it is asked to end. */
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writePrivate } from "@smdk/packages";
import { type HubOptions, startHub, stderrLogger } from "@smdk/server";
import { CliError, fileErrorText, messageOf } from "../../errors.ts";

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
  /** File with the admin's token as the first start made it; null when it was taken away since. */
  tokenFile: string | null;
  dir: string;
}

export async function serveHub(options: ServeOptions, started: (state: HubState) => void): Promise<void> {
  const { maxPackageMiB, rate, tlsCert, tlsKey } = options;
  const dir = resolve(options.dir);
  const tokenFile = join(dir, "admin.token");
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : { cert: await pem(tlsCert), key: await pem(tlsKey) };
  const settings: HubOptions = {
    dir,
    host: options.host,
    port: options.port,
    logger: stderrLogger(options.logLevel),
    behindProxy: options.behindProxy,
    // Never printed: terminals and logs are read by others.
    keepAdminToken: (token) => writePrivate(tokenFile, `${token}\n`),
    limits: {
      ...(maxPackageMiB !== undefined && {
        packageBytes: maxPackageMiB * MIB,
        unpackedBytes: maxPackageMiB * MIB,
        wasmBytes: (maxPackageMiB * MIB) / 2,
      }),
      ...(rate !== undefined && { requestsPerSecond: rate, requestBurst: rate * 10 }),
    },
    ...(tls && { tls }),
  };
  // Private packages are nobody else's business; a folder that is there already keeps its rights.
  const hub = await mkdir(dir, { recursive: true, mode: 0o700 })
    .then(() => startHub(settings))
    .catch((error: unknown) => {
      throw startFailure(error, options);
    });
  started({ url: hub.url, key: hub.key, tokenFile: existsSync(tokenFile) ? tokenFile : null, dir });
  await new Promise<void>((stop) => {
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
  await hub.close();
}

/** Says why a hub did not start, in terms of the flags that help. */
function startFailure(error: unknown, { dir, host, port }: ServeOptions): unknown {
  const { code = "" } = error as { code?: string };
  if (code === "EADDRINUSE") {
    return new CliError("failed", `port ${port} is in use by another program`, {
      code: "SMDK_CLI_PORT_IN_USE",
      hint: "--port 0 takes a free one; --port N chooses another",
    });
  }
  if (code === "SMDK_DIR_LOCKED") {
    return new CliError("failed", messageOf(error), {
      code,
      hint: "stop the hub that runs there, or choose another directory",
    });
  }
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (syscall === "listen" || syscall === "getaddrinfo" || syscall === "bind") {
    return new CliError("config", `${host}:${port} cannot be listened on: ${code}`, {
      hint: "check --host and --port; ports below 1024 need rights",
    });
  }
  if (code.startsWith("ERR_OSSL_") || code.startsWith("ERR_SSL_")) {
    return new CliError("config", `the certificate or its key is not usable: ${messageOf(error)}`, {
      hint: "check --tls-cert and --tls-key",
    });
  }
  if (path !== undefined) {
    return new CliError("config", `${path}: ${fileErrorText(error)}`, { hint: `check --dir ${dir}` });
  }
  return error;
}

async function pem(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    throw new CliError("config", `${path}: ${fileErrorText(error)}`, {
      hint: "check --tls-cert and --tls-key",
    });
  });
}

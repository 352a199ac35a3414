/**
 * Programs that reach this machine and nothing else: a network namespace with the loopback device alone where the
 * system permits one; elsewhere registries and proxies are pointed at a closed port.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

export interface Offline {
  /** The command that runs another one without the network. */
  wrap(command: string, args: readonly string[]): [command: string, args: string[]];
  /** Variables for programs that ask for a registry or a proxy. */
  readonly env: NodeJS.ProcessEnv;
  /** Why there is no namespace; null when there is one. */
  readonly reason: string | null;
  close(): void;
}

/** Port 9 is the port of the discard service, which nobody runs. */
const closed = "http://127.0.0.1:9";
const env: NodeJS.ProcessEnv = {
  npm_config_registry: closed,
  npm_config_offline: "true",
  http_proxy: closed,
  https_proxy: closed,
  HTTP_PROXY: closed,
  HTTPS_PROXY: closed,
  no_proxy: "127.0.0.1,localhost",
};

export async function withoutNetwork(): Promise<Offline> {
  const without = (reason: string): Offline => ({
    wrap: (command, args) => [command, [...args]],
    env,
    reason,
    close: () => undefined,
  });
  if (process.platform !== "linux") return without(`no network namespaces on ${process.platform}`);
  const asRoot = process.getuid?.() === 0;
  const unshare = ["--net", ...(asRoot ? [] : ["--user", "--map-root-user"])];
  const up = "ip link set lo up && echo up && exec sleep 3600";
  const holder = spawn("unshare", [...unshare, "sh", "-c", up], { stdio: ["ignore", "pipe", "pipe"] });
  const reason = await started(holder);
  if (reason !== null) {
    holder.kill("SIGKILL");
    return without(reason);
  }
  const enter = ["--target", String(holder.pid), "--net"];
  if (!asRoot) enter.push("--user", "--preserve-credentials");
  if (spawnSync("nsenter", [...enter, "true"]).status !== 0) {
    holder.kill("SIGKILL");
    return without("nsenter does not work here");
  }
  return {
    wrap: (command, args) => ["nsenter", [...enter, "--", command, ...args]],
    env,
    reason: null,
    close: () => holder.kill("SIGKILL"),
  };
}

/** Null when the loopback device is up, else what went wrong. */
async function started(holder: ChildProcess): Promise<string | null> {
  let complaint = "";
  holder.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  return await Promise.race([
    once(holder.stdout!, "data").then(() => null),
    once(holder, "error").then(([error]) => String(error)),
    once(holder, "exit").then(() => complaint.trim() || "unshare ended"),
  ]);
}

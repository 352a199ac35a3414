/** Starts `cluster-process.js` and talks to it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ClusterProcess {
  readonly pid: number;
  readonly scAddress: string;
  readonly spuAddress: string;
  /** Resident memory of the process in bytes, after a garbage collection. */
  memory(): Promise<number>;
  /** Ends the process at once, as `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks for a graceful end. */
  close(): Promise<void>;
  /** False as soon as the process has ended for whatever reason. */
  readonly alive: boolean;
}

interface Ready {
  scAddress: string;
  spus: { id: number; address: string }[];
}

export async function clusterProcess(options: {
  dir: string;
  scPort?: number;
  spuPort?: number;
}): Promise<ClusterProcess> {
  const script = fileURLToPath(new URL("./cluster-process.js", import.meta.url));
  const args = [options.dir, String(options.scPort ?? 0), String(options.spuPort ?? 0)];
  const child = fork(script, args, {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ready = await answer<Ready>(child);
  const ended = once(child, "exit");
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  return {
    pid: child.pid!,
    scAddress: ready.scAddress,
    spuAddress: ready.spus[0]!.address,
    async memory() {
      child.send("memory");
      return (await answer<{ rss: number }>(child)).rss;
    },
    kill: () => end("SIGKILL"),
    close: () => end("SIGTERM"),
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
  };
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null) => {
      child.off("message", got);
      reject(new Error(`the cluster process ended with ${code ?? signal}`));
    };
    const got = (message: unknown) => {
      child.off("exit", ended);
      resolve(message as T);
    };
    child.once("message", got);
    child.once("exit", ended);
  });
}

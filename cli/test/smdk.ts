/** Runs the real command as a child process, in a home directory of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const executable = fileURLToPath(new URL("../bin/run.js", import.meta.url));

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  input?: string | Uint8Array;
  env?: NodeJS.ProcessEnv;
  /** Called with everything written to stdout so far; for runs that have to be ended from outside. */
  onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Called when the process has been started. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** A home directory, and commands that run in it. */
export class Home implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), "smdk-cli-"));

  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: this.dir,
    USERPROFILE: this.dir,
    SMDK_HOME: join(this.dir, "smdk"),
    FLV_PROFILE_PATH: join(this.dir, "fluvio", "config"),
  };

  /** A path in the home directory. */
  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** Runs `smdk ARGS`. Standard input is empty unless given. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [executable, ...args], {
        cwd: options.cwd ?? this.dir,
        env: { ...this.env, ...options.env },
      });
      options.onStart?.((signal) => child.kill(signal));
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        options.onOutput?.(stdout, (signal) => child.kill(signal));
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
      child.stdin.on("error", () => undefined);
      child.stdin.end(options.input ?? "");
    });
  }

  /** Runs a command that must succeed and gives what it printed. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    if (code !== 0) throw new Error(`smdk ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A module built with the official Rust kit. */
export function rustModule(name: string): string {
  return fileURLToPath(new URL(`../../tests/fixtures/${name}.wasm`, import.meta.url));
}

/** The loop behind `smdk dev`: build on every save, then try the module, then load it. */
import { dirname, join, relative, resolve, sep } from "node:path";
import { type BuildResult, createBuilder, loadProject } from "@smdk/compiler";
import { watch } from "chokidar";
import { CliError, messageOf } from "../errors.ts";
import { manifestName } from "./project.ts";

export interface DevOptions {
  projectDir: string;
  /** More files whose changes count, such as the input. */
  alsoWatch: readonly string[];
  /** Called after every build that worked; what it throws is reported like a failed build. */
  onBuilt: (result: BuildResult) => Promise<void>;
  onFailed: (error: unknown) => void;
  /** Ends the loop. */
  signal: AbortSignal;
}

/** Editors save in several steps; changes within this time are one. */
const settleMs = 40;

/** Builds once, then after every change, until the signal. The compiler stays warm between builds. */
export async function developmentLoop(options: DevOptions): Promise<void> {
  const { projectDir, signal } = options;
  const builder = createBuilder(projectDir);
  const scope = new Scope(projectDir, options.alsoWatch);
  // A manifest that cannot be read now is an error of the command, not of a save.
  scope.source = dirname((await loadProject(projectDir)).entry);
  let dirty = true;
  let wake: (() => void) | undefined;
  // The whole folder is watched: a file or folder that goes away and comes back would be lost otherwise.
  const watcher = watch([projectDir, ...scope.outside(options.alsoWatch)], {
    ignoreInitial: true,
    ignored: (path) => scope.ignores(path),
  });
  watcher.on("all", (_event, path) => {
    if (!scope.matters(path)) return;
    dirty = true;
    wake?.();
  });
  let broken: CliError | undefined;
  watcher.on("error", (error) => {
    broken ??= watchFailure(error);
    wake?.();
  });
  signal.addEventListener("abort", () => wake?.());
  try {
    while (!signal.aborted) {
      if (broken !== undefined) throw broken;
      if (!dirty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        await new Promise((resolve) => setTimeout(resolve, settleMs));
        continue;
      }
      dirty = false;
      try {
        // The manifest may name another entry now, and sources may lie anywhere.
        scope.source = dirname((await loadProject(projectDir)).entry);
        const result = await builder.build();
        scope.files = new Set(result.files);
        watcher.add(scope.outside(result.files));
        await options.onBuilt(result);
      } catch (error) {
        options.onFailed(error);
      }
    }
  } finally {
    await watcher.close();
  }
}

/** Which changes count. Paths are absolute or relative to the current directory, as the watcher gives them. */
class Scope {
  /** Folder of the entry, relative to the project. */
  source = ".";
  /** Files of the last build, absolute. */
  files: ReadonlySet<string> = new Set();
  readonly #projectDir: string;
  readonly #named: ReadonlySet<string>;

  constructor(projectDir: string, named: readonly string[]) {
    this.#projectDir = projectDir;
    this.#named = new Set([manifestName, "package.json", ...named].map((path) => resolve(projectDir, path)));
  }

  /** Whether nothing below the path can ever count: what is installed or built, and what editors and tools hide. */
  ignores(path: string): boolean {
    const absolute = resolve(path);
    if (this.#named.has(absolute) || this.files.has(absolute)) return false;
    const inside = this.#inside(absolute);
    return inside?.[0] === "build" || inside?.some((part) => /^(node_modules$|\.)|~$/.test(part)) === true;
  }

  matters(path: string): boolean {
    const absolute = resolve(path);
    if (this.files.has(absolute)) return true;
    const folders = [...this.#named, join(this.#projectDir, this.source)];
    return folders.some((folder) => absolute === folder || absolute.startsWith(folder + sep));
  }

  /** Those of the paths that lie elsewhere than in the project. */
  outside(paths: readonly string[]): string[] {
    return paths.filter((path) => this.#inside(path) === undefined);
  }

  /** The parts of the path from the project down; undefined outside of it. */
  #inside(absolute: string): string[] | undefined {
    const parts = relative(this.#projectDir, absolute).split(sep);
    return parts[0] === ".." ? undefined : parts;
  }
}

/** Systems bound how many files are watched. */
function watchFailure(error: unknown): CliError {
  const { code } = error as NodeJS.ErrnoException;
  const isLimit = code === "ENOSPC" || code === "EMFILE";
  return new CliError("failed", `cannot watch the project's files: ${messageOf(error)}`, {
    code: "SMDK_CLI_WATCH",
    hint: isLimit
      ? "close other watchers, or raise the system's limit (Linux: sysctl fs.inotify.max_user_watches and max_user_instances)"
      : "make sure that the project's folders can be read",
    cause: error,
  });
}

/** The loop behind `smdk dev`: build on every save, then try the module, then load it. */
import { dirname, join } from "node:path";
import { type BuildResult, createBuilder, loadProject } from "@smdk/compiler";
import { watch } from "chokidar";

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
  const project = await loadProject(projectDir);
  let dirty = true;
  let wake: (() => void) | undefined;
  const watcher = watch(
    [join(project.dir, dirname(project.entry)), project.manifest.path, ...options.alsoWatch],
    { ignoreInitial: true },
  );
  watcher.on("all", () => {
    dirty = true;
    wake?.();
  });
  signal.addEventListener("abort", () => wake?.());
  try {
    while (!signal.aborted) {
      if (!dirty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        await new Promise((resolve) => setTimeout(resolve, settleMs));
        continue;
      }
      dirty = false;
      try {
        await options.onBuilt(await builder.build());
      } catch (error) {
        options.onFailed(error);
      }
    }
  } finally {
    await watcher.close();
  }
}

import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { SmdkCommand } from "../../base-command.ts";
import { paramsFlag } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import type { ProfileSubject } from "../../services/profile.ts";
import { parseParams } from "../../values.ts";

/** Rows shown to people; `--json` has all. */
const topRows = 12;

export default class Profile extends SmdkCommand {
  static override summary =
    "with records: show where a module's fuel goes; without: the current cluster profile";
  static override description =
    "Fuel is what a cluster counts. The records come from --text, --file or --stdin; the module is the project's, or a .wasm file.";
  static override examples = [
    "<%= config.bin %> profile",
    "<%= config.bin %> profile --file lines.txt",
    "<%= config.bin %> profile --file lines.txt --compare old.wasm",
  ];
  static override flags = {
    text: Flags.string({ exclusive: ["stdin", "file"], description: "one record", helpValue: "VALUE" }),
    stdin: Flags.boolean({
      exclusive: ["file"],
      description: "a record for each line of the standard input",
    }),
    file: Flags.string({ description: "a record for each line of a file", helpValue: "FILE" }),
    "wasm-file": Flags.string({ description: "module to run instead of the project's", helpValue: "FILE" }),
    compare: Flags.string({ description: "an older module: show what grew", helpValue: "OLD.wasm" }),
    output: Flags.string({
      char: "o",
      description: "Speedscope file to write (default: NAME.speedscope.json)",
      helpValue: "FILE",
    }),
    path: Flags.string({
      description: "project directory (default: the current one or above)",
      helpValue: "DIR",
    }),
    ...paramsFlag,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Profile);
    if (flags.text === undefined && flags.file === undefined && !flags.stdin) {
      const { currentProfile, openProfiles } = await import("../../services/profiles.ts");
      const name = currentProfile(openProfiles());
      this.finish(flags, { name }, name);
      return;
    }
    const { inputRecords } = await import("../../services/test-run.ts");
    const { compareProfiles, profileRecords, speedscope } = await import("../../services/profile.ts");
    const { text, file, stdin } = flags;
    const records = await inputRecords({ text, file, stdin, raw: false, key: undefined });
    const params = parseParams(flags.params);
    const subject = await this.#subject(flags["wasm-file"], flags.path);
    const profiled = await profileRecords(subject, records, params);
    const { total, functions, lines, records: count } = profiled.profile;
    const changes =
      flags.compare === undefined
        ? null
        : compareProfiles(
            profiled.profile,
            (await profileRecords(await this.#subject(flags.compare, undefined), records, params)).profile,
          );
    const output = flags.output ?? `${basename(subject.name, ".wasm")}.speedscope.json`;
    await writeFile(output, JSON.stringify(speedscope(profiled, subject.name)));
    const perRecord = Math.round(total / Math.max(1, count));
    const value = {
      module: subject.name,
      records: count,
      fuel: total,
      perRecord,
      output,
      functions,
      lines,
      changes,
    };
    this.finish(flags, value, () => {
      const share = (fuel: number): string =>
        `${((fuel / Math.max(1, total)) * 100).toFixed(1).padStart(5)} %`;
      const each = (fuel: number): string => (fuel / Math.max(1, count)).toFixed(1).padStart(10);
      const top = <T>(title: string, items: readonly T[], line: (item: T) => string): string[] =>
        items.length === 0 ? [] : ["", this.color.bold(title), ...items.slice(0, topRows).map(line)];
      return [
        `${subject.name}: ${perRecord} fuel per record, ${total} for ${count} records`,
        ...top(
          "fuel per record by function",
          functions,
          ({ name, self, calls }) => `${each(self)} ${share(self)}  ${name}  (${calls} calls)`,
        ),
        ...top(
          "fuel per record by line",
          lines,
          ({ file: source, line, fuel }) => `${each(fuel)} ${share(fuel)}  ${source}:${line}`,
        ),
        ...(changes === null
          ? []
          : top(`change from ${flags.compare}, fuel per record`, changes, ({ name, before, now }) => {
              const by = now - before;
              return `${`${by > 0 ? "+" : ""}${by.toFixed(1)}`.padStart(10)}  ${name}  (${before.toFixed(1)} to ${now.toFixed(1)})`;
            })),
        "",
        `${output} is for https://www.speedscope.app`,
      ].join("\n");
    });
  }

  async #subject(wasmFile: string | undefined, path: string | undefined): Promise<ProfileSubject> {
    if (wasmFile !== undefined) {
      const { readSourceMap } = await import("@smdk/compiler");
      const { readWasm } = await import("../../services/smartmodule-use.ts");
      const bytes = await readWasm(wasmFile);
      return { name: wasmFile, bytes, sourceMap: await readSourceMap(wasmFile, bytes) };
    }
    const { builtModule } = await import("../../services/built-module.ts");
    const { findProject } = await import("../../services/project.ts");
    return await builtModule(findProject(path));
  }
}

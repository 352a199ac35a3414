import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { SmartModule } from "@smdk/runtime";
import { SmdkCommand } from "../../base-command.ts";
import { CliError, usage } from "../../errors.ts";
import { paramsFlag, projectFlag, recordFlags } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import type { ProfileSubject } from "../../services/profile.ts";
import { parseParams } from "../../values.ts";

/** Rows shown to people; `--json` has all. */
const topRows = 12;

/** Flags that only mean something when a module is run. */
const moduleFlags = ["wasm-file", "compare", "output", "path", "params", "raw", "key"] as const;

export default class Profile extends SmdkCommand {
  static override runsModules = true;
  static override summary =
    "with records: show where a module's fuel goes; without: name the current cluster profile";
  static override description =
    "Fuel is what a cluster counts. The records come from --text, --file or --stdin; the module is the project's, or a .wasm file. Without any of these flags it is the profile of Fluvio's config file that is shown, as `profile current` does.";
  static override examples = [
    "<%= config.bin %> profile",
    "<%= config.bin %> profile --file lines.txt",
    "<%= config.bin %> profile --file lines.txt --compare old.wasm",
  ];
  static override flags = {
    ...recordFlags,
    "wasm-file": Flags.string({ description: "module to run instead of the project's", helpValue: "FILE" }),
    compare: Flags.string({ description: "an older module: show what grew", helpValue: "OLD.wasm" }),
    output: Flags.string({
      char: "o",
      description: "Speedscope file to write (default: NAME.speedscope.json)",
      helpValue: "FILE",
    }),
    ...projectFlag,
    ...paramsFlag,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Profile);
    if (flags.text === undefined && flags.file === undefined && !flags.stdin) {
      const given = moduleFlags.find((name) => flags[name] !== undefined && flags[name] !== false);
      if (given !== undefined) {
        throw usage(
          `--${given} needs records to run the module with`,
          "--text VALUE, --file FILE or --stdin",
        );
      }
      const { currentProfile, openProfiles } = await import("../../services/profiles.ts");
      const name = currentProfile(openProfiles());
      this.finish(flags, { name }, name);
      return;
    }
    const { inputRecords } = await import("../../services/test-run.ts");
    const { compareProfiles, profileRecords, speedscope } = await import("../../services/profile.ts");
    const records = await inputRecords(flags as typeof flags & { text: string | undefined });
    if (records.length === 0) throw usage("there are no records in the input", "a line for each record");
    const params = parseParams(flags.params);
    const subject = await this.#subject(flags["wasm-file"], flags.path);
    const profiled = await profileRecords(subject, records, params);
    const { total, functions, lines, records: count, error } = profiled.profile;
    if (error !== null) {
      const reason = error.hint.split("\n", 1)[0];
      throw new CliError("failed", `the module fails at record ${count}: ${reason}`, {
        code: "SMDK_CLI_MODULE_ERROR",
        hint: "leave that record out; smdk test shows the failure",
      });
    }
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
    const { isUsers } = await import("@smdk/runtime");
    const own = lines.filter(isUsers);
    const ofLibrary = lines.reduce((sum, place) => sum + (isUsers(place) ? 0 : place.fuel), 0);
    const placed = lines.reduce((sum, place) => sum + place.fuel, 0);
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
          "fuel per record by line of your files",
          own,
          ({ file: source, line, fuel }) => `${each(fuel)} ${share(fuel)}  ${source}:${line}`,
        ),
        ...(ofLibrary === 0 ? [] : [`${each(ofLibrary)} ${share(ofLibrary)}  in the library`]),
        ...(placed === 0 || placed === total
          ? []
          : [`${each(total - placed)} ${share(total - placed)}  in what the compiler writes`]),
        ...(lines.length > 0 ? [] : ["", withoutLines(profiled.module)]),
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
      const { readWasm } = await import("../../services/smartmodule-use.ts");
      const { sourceMapOf } = await import("../../services/source-maps.ts");
      const bytes = await readWasm(wasmFile);
      return { name: wasmFile, bytes, sourceMap: await sourceMapOf(wasmFile, bytes) };
    }
    const { builtModule } = await import("../../services/built-module.ts");
    const { findProject } = await import("../../services/project.ts");
    return await builtModule(findProject(path));
  }
}

/** Why there is no table of lines. */
function withoutLines({ sourceMap }: SmartModule): string {
  return sourceMap?.isScript
    ? "the functions are those of the JavaScript engine in the module; what your lines cost is spread over them"
    : "no table of lines: there is no source map beside the module (smdk build writes NAME.wasm.map)";
}

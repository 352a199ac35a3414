import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { arch, platform, release } from "node:os";
import { SmdkCommand } from "../base-command.ts";
import { Flags } from "../oclif.ts";

export default class Version extends SmdkCommand {
  static override summary = "show the version of smdk and of what it runs on";
  static override flags = {
    json: Flags.boolean({ char: "j", description: "print the result as JSON", helpGroup: "GLOBAL" }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const entry = await readFile(process.argv[1] ?? "").catch(() => new Uint8Array());
    const value = {
      name: "SMDK",
      version: this.config.version,
      "OS Details": `${platform()} (kernel ${release()})`,
      "SMDK Arch": `${arch()}-${platform()}`,
      "SMDK SHA256": createHash("sha256").update(entry).digest("hex"),
      Node: process.version,
    };
    this.finish(flags, value, () => {
      const rows = { SMDK: value.version, ...value } as Record<string, string>;
      const shown = ["SMDK", "SMDK Arch", "SMDK SHA256", "OS Details", "Node"];
      return shown.map((name) => ` ${name.padEnd(11)} : ${rows[name]} `).join("\n");
    });
  }
}

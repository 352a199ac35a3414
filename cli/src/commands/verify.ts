import { existsSync } from "node:fs";
import { SmdkCommand } from "../base-command.ts";
import { CliError } from "../errors.ts";
import { Args, Flags } from "../oclif.ts";
import type { FetchedPackage } from "../services/hub/fetch-package.ts";

export default class Verify extends SmdkCommand {
  static override summary =
    "check a package: signature, trust policy, engine, provenance, and with --rebuild its sources";
  static override description =
    "--rebuild builds the packaged sources on this machine, with the npm packages installed in the current directory.";
  static override args = {
    package: Args.string({
      required: true,
      description: "an .ipkg file, group/name@version on a hub, or oci://…",
    }),
  };
  static override flags = {
    rebuild: Flags.boolean({ description: "build the packaged sources and compare the modules" }),
    policy: Flags.string({
      description: "trust policy (default: the nearest smdk-trust.yaml)",
      helpValue: "FILE",
    }),
    hub: Flags.string({ aliases: ["remote"], description: "address of the hub", helpValue: "URL" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Verify);
    const { verifyPackage } = await import("../services/hub/verify.ts");
    const { bytes, keyChanges } = await this.#found(args.package, flags);
    const result = await verifyPackage(bytes, {
      keyChanges,
      policy: flags.policy,
      rebuild: flags.rebuild,
      near: process.cwd(),
      toolVersion: this.config.version,
    });
    this.finish(flags, result, () =>
      [
        `${result.group}/${result.name}@${result.version} ${result.digest}`,
        ...result.checks.map(({ name, outcome, detail }) => {
          const paint = { passed: this.color.green, failed: this.color.red, absent: this.color.yellow }[
            outcome
          ];
          return `  ${paint(outcome)} ${name}: ${detail}`;
        }),
      ].join("\n"),
    );
    if (result.ok) return;
    if (flags.json) this.exit(1);
    throw new CliError("failed", "the package is not as it should be", { code: "SMDK_VERIFY_FAILED" });
  }

  async #found(
    name: string,
    flags: { hub?: string | undefined; policy?: string | undefined },
  ): Promise<Pick<FetchedPackage, "bytes" | "keyChanges">> {
    if (!name.startsWith("oci://") && (existsSync(name) || name.endsWith(".ipkg"))) {
      const { readPackageFile } = await import("../services/hub/verify.ts");
      const bytes = await readPackageFile(name).catch(() => {
        throw new CliError("failed", `there is no file ${name}`, {
          code: "SMDK_CLI_FILE",
          hint: "check the path",
        });
      });
      return { bytes, keyChanges: [] };
    }
    const { fetchNamed, localRules } = await import("../services/hub/named.ts");
    const rules = localRules(process.cwd(), { policy: flags.policy, mayCreate: false });
    return (await fetchNamed(name, rules, { hub: flags.hub, quiet: true })).found;
  }
}

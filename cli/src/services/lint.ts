/** Light checks of a project: what a cluster would refuse, and what a user of the module would stumble over. */
import { checkAbi, inspectModule, loadManifest, type Manifest, type ModuleInspection } from "@smdk/compiler";
import { builtModule } from "./built-module.ts";

export interface Finding {
  severity: "error" | "warning";
  /** Stable name of the check. */
  rule: string;
  message: string;
  hint?: string;
}

export interface LintResult {
  /** Number of checks made. */
  checks: number;
  findings: Finding[];
}

interface Subject {
  manifest: Manifest;
  module: ModuleInspection;
}

/** Larger modules are slow to send and to start. */
const largeModuleBytes = 1024 * 1024;

type Check = (subject: Subject) => Omit<Finding, "rule">[];

const checks: Readonly<Record<string, Check>> = {
  abi: ({ module }) => checkAbi(module).map((message) => ({ severity: "error", message })),
  name: ({ manifest }) => {
    const { name, group } = manifest.package;
    const bad = [name, group].filter((text) => !/^[a-z0-9-]+$/.test(text));
    return bad.map((text) => ({
      severity: "warning",
      message: `"${text}" cannot be published to a hub`,
      hint: "use a-z, 0-9 and - in name and group",
    }));
  },
  description: ({ manifest }) =>
    manifest.package.description
      ? []
      : [
          {
            severity: "warning",
            message: "the package has no description",
            hint: "say in one sentence what the module does",
          },
        ],
  params: ({ manifest, module }) => {
    const reads = module.exports.some(({ name, kind }) => name === "init" && kind === "function");
    if (reads && manifest.params.length === 0) {
      return [
        {
          severity: "warning",
          message: "the module has init, but the manifest names no params",
          hint: "add [[params]] tables for what init reads",
        },
      ];
    }
    if (!reads && manifest.params.length > 0) {
      return [
        {
          severity: "warning",
          message: "the manifest names params, but the module has no init to read them",
        },
      ];
    }
    return [];
  },
  size: ({ module }) =>
    module.size > largeModuleBytes
      ? [
          {
            severity: "warning",
            message: `the module has ${module.size} bytes`,
            hint: "above 1 MB it is slow to send and to start",
          },
        ]
      : [],
};

/** Runs all checks; a manifest or module that cannot be read at all is an error of its own. */
export async function lintProject(projectDir: string): Promise<LintResult> {
  const manifest = await loadManifest(projectDir);
  const { bytes } = await builtModule(projectDir);
  const subject: Subject = { manifest, module: inspectModule(bytes) };
  const findings = Object.entries(checks).flatMap(([rule, check]) =>
    check(subject).map((finding): Finding => ({ ...finding, rule })),
  );
  // The manifest has been read and the module parsed by now.
  return { checks: Object.keys(checks).length + 2, findings };
}

/** The SmartModules that the flags of `consume` and `produce` ask for. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { SmartModuleUse } from "@smdk/client";
import { CliError, fileErrorText, usage } from "../errors.ts";
import { type ClusterOptions, paramsFlag, repeatable } from "../flags.ts";
import { Flags } from "../oclif.ts";
import { parseParams } from "../values.ts";
import { keepMapBeside } from "./source-maps.ts";
import { parseTransformLines, readTransforms, type TransformStep } from "./transforms.ts";

const group = { helpGroup: "SMARTMODULE" } as const;

export const smartModuleFlags = {
  smartmodule: Flags.string({
    ...group,
    aliases: ["sm"],
    exclusive: ["smartmodule-path", "transforms", "transforms-line"],
    description: "module of the cluster: its name, or group/name@version",
    helpValue: "NAME",
  }),
  "smartmodule-path": Flags.string({
    ...group,
    aliases: ["sm_path"],
    exclusive: ["transforms", "transforms-line"],
    description: "module in a .wasm file, sent along",
    helpValue: "FILE",
  }),
  "aggregate-initial": Flags.string({
    ...group,
    aliases: ["a-init"],
    description: "what an aggregate starts from",
    helpValue: "VALUE",
  }),
  ...paramsFlag,
  transforms: Flags.string({
    ...group,
    char: "t",
    aliases: ["transforms-file"],
    exclusive: ["transforms-line"],
    description: "file with a chain of modules",
    helpValue: "FILE",
  }),
  hub: Flags.string({
    ...group,
    description:
      "hub for packages that the chain uses and the cluster lacks (default: that of the last login)",
    helpValue: "URL",
  }),
  policy: Flags.string({
    ...group,
    description: "trust policy for them (default: the nearest smdk-trust.yaml)",
    helpValue: "FILE",
  }),
  "transforms-line": Flags.string({
    ...group,
    ...repeatable,
    aliases: ["transform"],
    description: "a step of a chain as JSON; repeatable",
    helpValue: "JSON",
  }),
};

export interface SmartModuleOptions {
  smartmodule?: string | undefined;
  "smartmodule-path"?: string | undefined;
  "aggregate-initial"?: string | undefined;
  params?: string[] | undefined;
  transforms?: string | undefined;
  "transforms-line"?: string[] | undefined;
  hub?: string | undefined;
  policy?: string | undefined;
}

/** The chain to ask for; empty when no flag names a module. `tell` hears of packages that come from a hub. */
export async function smartModulesOf(
  options: SmartModuleOptions & ClusterOptions,
  tell: (line: string) => void,
): Promise<SmartModuleUse[]> {
  const { smartmodule: name, "smartmodule-path": path, "aggregate-initial": accumulator } = options;
  const single = name !== undefined || path !== undefined;
  if (!single && accumulator !== undefined)
    throw usage("--aggregate-initial needs --smartmodule or --smartmodule-path");
  if (!single && options.params?.length) throw usage("--params needs --smartmodule or --smartmodule-path");
  if (single) {
    const use = { params: parseParams(options.params), ...(accumulator !== undefined && { accumulator }) };
    if (path === undefined) return [{ name: name!, ...use }];
    const wasm = await readWasm(path);
    await keepMapBeside(path, wasm);
    return [{ wasm, ...use }];
  }
  const steps =
    options.transforms === undefined
      ? await parseTransformLines(options["transforms-line"] ?? [])
      : await readTransforms(options.transforms);
  const packaged = steps.some(({ uses }) => uses.includes("/")) ? await packages(steps, options, tell) : NONE;
  return steps.map(({ uses, params, lookback }) => ({
    name: uses,
    ...(packaged.has(uses) && { wasm: packaged.get(uses)! }),
    params,
    ...(lookback && { lookback: lookbackOf(lookback) }),
  }));
}

const NONE: ReadonlyMap<string, Uint8Array> = new Map();

async function packages(
  steps: readonly TransformStep[],
  options: SmartModuleOptions & ClusterOptions,
  tell: (line: string) => void,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { packagedModules } = await import("./hub/chain.ts");
  const { transforms, hub, policy } = options;
  return await packagedModules(steps, {
    near: transforms === undefined ? process.cwd() : dirname(resolve(transforms)),
    fromFile: transforms !== undefined,
    hub,
    policy,
    cluster: options,
    tell,
  });
}

function lookbackOf({ last, age }: { last: bigint; age: { seconds: bigint; nanos: number } | null }): {
  last: bigint;
  ageMs?: number;
} {
  return age === null ? { last } : { last, ageMs: Number(age.seconds) * 1000 + age.nanos / 1e6 };
}

/** The bytes of a module file; anything that is no WebAssembly (binary, text form or gzip of it) is refused. */
export async function readWasm(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new CliError("failed", `reading wasm file ${path}, ${fileErrorText(error)}`, {
      code: "SMDK_CLI_FILE",
      hint: "smdk build makes it; check the path",
    });
  });
  if (looksLikeWasm(bytes)) return bytes;
  throw new CliError("failed", `${path} is not a WebAssembly module`, {
    code: "SMDK_CLI_NOT_WASM",
    hint: "name the .wasm file that smdk build printed",
  });
}

function looksLikeWasm(bytes: Uint8Array): boolean {
  const binary = bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (
    binary ||
    gzip ||
    /^\s*(;;[^\n]*\n\s*)*\(\s*module\b/.test(Buffer.from(bytes.subarray(0, 1024)).toString("latin1"))
  );
}

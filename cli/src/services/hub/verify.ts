/** What `smdk verify` checks, one line of the result for each. */

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, checkAbi, inspectModule } from "@smdk/compiler";
import { digestOf, type KeyChange, PROVENANCE_ENTRY, readProvenance, sourceOf } from "@smdk/packages";
import { loadSmartModule } from "@smdk/runtime";
import { messageOf } from "../../errors.ts";
import { examine, type FetchedPackage, NO_RULES } from "./fetch-package.ts";
import { PACKAGE_LIMITS } from "./limits.ts";
import { trustPolicy } from "./trust.ts";

export interface VerifyCheck {
  name: "signature" | "policy" | "abi" | "provenance" | "rebuild";
  outcome: "passed" | "failed" | "absent";
  detail: string;
}

export interface VerifyResult {
  ok: boolean;
  group: string;
  name: string;
  version: string;
  digest: string;
  signers: readonly string[];
  checks: VerifyCheck[];
}

export interface VerifyOptions {
  policy: string | undefined;
  rebuild: boolean;
  /** The folder whose trust policy holds, and whose installed npm packages a rebuild may use. */
  near: string;
  toolVersion: string;
  /** What is known about changes of the group's keys. */
  keyChanges?: readonly KeyChange[];
}

/** Checks package bytes. What cannot be read or trusted at all is thrown with its own code; the rest is in the result. */
export async function verifyPackage(bytes: Uint8Array, options: VerifyOptions): Promise<VerifyResult> {
  const { keyChanges = [] } = options;
  const policy = trustPolicy(options.policy, options.near);
  const found = examine(bytes, { ...NO_RULES, policy, keyChanges });
  const checks: VerifyCheck[] = [
    { name: "signature", outcome: "passed", detail: `by ${found.signers.join(", ")}` },
    { name: "policy", outcome: "passed", detail: "the trust policy allows it" },
    await abiCheck(found),
    provenanceCheck(found),
  ];
  if (options.rebuild) checks.push(await rebuildCheck(found, options.near, options.toolVersion));
  const { group, name, version, digest, signers } = found;
  return {
    ok: checks.every(({ outcome }) => outcome !== "failed"),
    group,
    name,
    version,
    digest,
    signers,
    checks,
  };
}

async function abiCheck({ module, name }: FetchedPackage): Promise<VerifyCheck> {
  try {
    const faults = checkAbi(inspectModule(module.wasm));
    if (faults.length > 0) return { name: "abi", outcome: "failed", detail: faults.join("; ") };
    const { kind } = await loadSmartModule(module.wasm, { name });
    return { name: "abi", outcome: "passed", detail: `a ${kind} that the engine loads` };
  } catch (error) {
    return { name: "abi", outcome: "failed", detail: messageOf(error) };
  }
}

function provenanceCheck({ pkg, module, provenance }: FetchedPackage): VerifyCheck {
  const entry = pkg.entries.get(PROVENANCE_ENTRY);
  if (entry === undefined) return { name: "provenance", outcome: "absent", detail: "the package has none" };
  const { statement } = readProvenance(entry, module.wasm);
  if (!provenance)
    return { name: "provenance", outcome: "failed", detail: "none of the package's signers signed it" };
  const { version = {} } = statement.predicate.runDetails.builder;
  const tools = Object.entries(version).map(([tool, number]) => `${tool} ${number}`);
  return { name: "provenance", outcome: "passed", detail: `built with ${tools.join(", ")}` };
}

async function rebuildCheck(found: FetchedPackage, near: string, toolVersion: string): Promise<VerifyCheck> {
  const files = sourceOf(found.pkg, PACKAGE_LIMITS);
  if (files === undefined)
    return { name: "rebuild", outcome: "absent", detail: "the package holds no sources" };
  const directory = await mkdtemp(join(tmpdir(), "smdk-rebuild-"));
  try {
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), bytes);
    }
    const modules = findNodeModules(near);
    if (modules !== undefined) await symlink(modules, join(directory, "node_modules"), "dir");
    const built = await build({ projectDir: directory });
    const [theirs, ours] = [digestOf(found.module.wasm), digestOf(built.bytes)];
    return theirs === ours
      ? { name: "rebuild", outcome: "passed", detail: `the sources give the same module, ${ours}` }
      : {
          name: "rebuild",
          outcome: "failed",
          detail: `the sources give ${ours}, the package holds ${theirs}${otherTools(found, toolVersion)}`,
        };
  } catch (error) {
    return { name: "rebuild", outcome: "failed", detail: `the sources do not build: ${messageOf(error)}` };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Other versions of the tools may well make other bytes. */
function otherTools({ pkg, module }: FetchedPackage, toolVersion: string): string {
  const entry = pkg.entries.get(PROVENANCE_ENTRY);
  if (entry === undefined) return "";
  const { version = {} } = readProvenance(entry, module.wasm).statement.predicate.runDetails.builder;
  const then = version.smdk;
  return then === undefined || then === toolVersion
    ? ""
    : `; it was built with smdk ${then}, this is smdk ${toolVersion}`;
}

function findNodeModules(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, "node_modules"))) return join(directory, "node_modules");
    if (dirname(directory) === directory) return undefined;
  }
}

/** Package bytes in a file. */
export async function readPackageFile(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(path));
}

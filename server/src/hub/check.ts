/** What a package must be before a hub takes it in. */
import {
  checkPackageId,
  type Package,
  type PackagedSmartModule,
  PackageError,
  PROVENANCE_ENTRY,
  readPackage,
  readProvenance,
  smartModuleOf,
  sourceOf,
} from "@smdk/packages";
import { loadSmartModule } from "@smdk/runtime";
import { parse } from "smol-toml";
import * as z from "zod";
import { errorText } from "../error.ts";
import { HubError } from "./error.ts";
import type { HubLimits } from "./limits.ts";

export interface CheckedPackage {
  readonly pkg: Package;
  readonly module: PackagedSmartModule;
  readonly kind: string;
  readonly license: string;
  readonly params: { name: string; description: string | null; optional: boolean }[];
  /** Whether there is a provenance that one of the package's signers signed. */
  readonly provenance: boolean;
}

/** What upstream's tools write for every SmartModule, whatever its manifest says. */
const UPSTREAM_LICENSE = "e.g. Apache2";

const manifestSchema = z.object({
  package: z.object({ license: z.string().max(1024).optional() }),
  params: z
    .array(
      z.object({
        name: z.string().max(256),
        description: z.string().max(4096).optional(),
        optional: z.boolean().optional(),
      }),
    )
    .max(256)
    .default([]),
});

/** @throws `HubError` 422 that carries the fault's own code and words */
export async function checkPackage(ipkg: Uint8Array, limits: HubLimits): Promise<CheckedPackage> {
  try {
    const { packageBytes, unpackedBytes, wasmBytes } = limits;
    const pkg = readPackage(ipkg, { packageBytes, unpackedBytes, entries: 16, files: 64 });
    checkPackageId(pkg.meta);
    const module = smartModuleOf(pkg);
    if (module.wasm.length > wasmBytes) {
      throw new PackageError("SMDK_PKG_LIMIT", `the module is larger than ${wasmBytes} bytes`);
    }
    // Nobody needs them here, but who takes them from here must be able to trust their form.
    sourceOf(pkg, { packageBytes, unpackedBytes, entries: 16, files: 64 });
    const packed = pkg.entries.get(PROVENANCE_ENTRY);
    const signers = packed === undefined ? [] : readProvenance(packed, module.wasm).signers;
    const about = manifestSchema.parse(parse(module.manifest));
    const { kind } = await loadSmartModule(module.wasm, { name: pkg.meta.name });
    if (kind === null) throw new PackageError("SMDK_PKG_ABI", "the module exports no SmartModule function");
    return {
      pkg,
      module,
      kind,
      license: pkg.meta.license === UPSTREAM_LICENSE ? (about.package.license ?? "") : pkg.meta.license,
      params: about.params.map(({ name, description, optional }) => ({
        name,
        description: description ?? null,
        optional: optional ?? false,
      })),
      provenance: signers.some((key) => pkg.signers.includes(key)),
    };
  } catch (error) {
    throw new RefusedPackage(error);
  }
}

/** Keeps the code of what was wrong, so that every face can name it. */
class RefusedPackage extends HubError {
  constructor(cause: unknown) {
    super(422, "SMDK_HUB_REFUSED", `the package is refused: ${errorText(cause)}`);
    const code = (cause as { code?: unknown }).code;
    if (typeof code === "string" && code.startsWith("SMDK_")) {
      Object.defineProperty(this, "code", { value: code, enumerable: true });
    }
  }
}

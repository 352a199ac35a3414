/** How large packages may be that come in: more than hubs take by default, since those who run them may allow more. */
import { DEFAULT_LIMITS, type PackageLimits } from "@smdk/packages";
import { MAX_PACKAGE_MIB } from "./flags.ts";

export const PACKAGE_LIMITS: PackageLimits = {
  ...DEFAULT_LIMITS,
  packageBytes: MAX_PACKAGE_MIB * 1024 * 1024,
  unpackedBytes: MAX_PACKAGE_MIB * 1024 * 1024,
};

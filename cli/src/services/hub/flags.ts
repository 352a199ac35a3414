/** The flag that names a hub. */
import { Flags } from "../../oclif.ts";

export const hubFlag = {
  hub: Flags.string({
    aliases: ["remote"],
    description: "address of the hub (default: SMDK_HUB, or that of the last login)",
    helpValue: "URL",
  }),
};

/** The largest package that commands send or take, MiB. */
export const MAX_PACKAGE_MIB = 128;

/** Reads and changes Fluvio's profile file. */
import { type Config, loadConfig } from "@smdk/client";
import { CliError } from "../errors.ts";

/** The file as it is, or an empty one. */
export function openProfiles(): Config {
  return loadConfig();
}

/** The failure for a name that the file does not have. */
export function unknownProfile(config: Config, name: string): CliError {
  const known = config.profiles().map((profile) => profile.name);
  return new CliError("config", `profile ${name} not found`, {
    code: "SMDK_PROFILE_NOT_FOUND",
    hint:
      known.length > 0
        ? `one of: ${known.join(", ")}`
        : "smdk profile add NAME host:port, or smdk cluster start",
  });
}

/** The current profile's name; its absence is an error that says how to get one. */
export function currentProfile(config: Config): string {
  if (!config.exists) throw new CliError("config", "no profile can be found", { hint });
  if (config.currentProfile === null) throw new CliError("config", "no current profile set", { hint });
  return config.currentProfile;
}

const hint = "smdk cluster start, smdk profile add NAME host:port, or smdk profile switch NAME";

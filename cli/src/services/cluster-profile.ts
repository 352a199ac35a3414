/** The profile `local` of the local cluster, and the one that was current before it. */
import { CliError, messageOf } from "../errors.ts";
import { type ClusterState, clusterPaths, readSettings, writeSettings } from "./cluster-state.ts";
import { openProfiles } from "./profiles.ts";

export const localProfile = "local";

/** Remembers where the data is; points the profile `local` at the cluster and makes it current, unless told not to. */
export async function rememberCluster(
  { dataDir, sc, spus }: ClusterState,
  setProfile: boolean,
): Promise<void> {
  const paths = clusterPaths();
  const known = await readSettings(paths);
  let previousProfile = known?.previousProfile ?? null;
  if (setProfile) {
    try {
      const config = openProfiles();
      if (config.currentProfile !== localProfile) previousProfile = config.currentProfile;
      config.addProfile(localProfile, {
        endpoint: sc,
        tls: { policy: "disabled" },
        metadata: { installation: "local" },
      });
      config.save();
    } catch (error) {
      throw new CliError("config", `the profile \`${localProfile}\` cannot be set: ${messageOf(error)}`, {
        hint: "--skip-profile-creation, and --cluster HOST:PORT with other commands; or FLV_PROFILE_PATH for another file",
        cause: error,
      });
    }
  }
  await writeSettings(paths, { dataDir, spus: spus.length, previousProfile });
}

/** Removes the profile and its cluster; the profile that was current before becomes current again. */
export async function forgetCluster(): Promise<void> {
  const settings = await readSettings(clusterPaths());
  const config = openProfiles();
  if (!config.exists) return;
  const wasCurrent = config.currentProfile === localProfile;
  config.deleteProfile(localProfile);
  if (config.profilesOfCluster(localProfile).length === 0) config.deleteCluster(localProfile);
  if (wasCurrent && settings?.previousProfile) config.switchProfile(settings.previousProfile);
  config.save();
}

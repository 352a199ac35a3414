/** Tokens and keys of the user: kept in files that nobody else can read. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { generateKey, keyFromPem, loadHubProfile, saveHubProfile, sealRotation } from "@smdk/packages";
import { CliError, usage } from "../../errors.ts";
import { bytesOf } from "../record-input.ts";
import { HubClient } from "./client.ts";
import { hubAddress, knownHub, rememberHub } from "./settings.ts";

/** Checks the token with the hub before it is kept. */
export async function login(
  flag: string | undefined,
  options: { acceptKey: boolean; warn: (line: string) => void },
): Promise<{ hub: string; user: string }> {
  const hub = new HubClient(flag);
  if (isOpenLine(hub.address)) {
    options.warn(
      `The token travels to ${hub.address} unencrypted: anyone on the way can take it. Use https.`,
    );
  }
  const token = await readToken();
  const { key } = await hub.json<{ key: string }>("GET", "/api/v1");
  if (hub.known.key !== undefined && hub.known.key !== key && !options.acceptKey) {
    throw new CliError("failed", `${hub.address} has another key than before`, {
      code: "SMDK_HUB_KEY_CHANGED",
      hint: "ask who runs the hub; --accept-key takes the new one",
    });
  }
  hub.known.token = token;
  const { user } = await withoutEnvironmentToken(() =>
    hub.json<{ user: string | null }>("GET", "/api/v1/whoami"),
  );
  if (user === null)
    throw new CliError("denied", "the hub does not know this token", { code: "SMDK_HUB_UNAUTHORIZED" });
  const sameKey = hub.known.key === undefined || hub.known.key === key;
  rememberHub(hub.address, { user, token, key, revisions: sameKey ? hub.known.revisions : {} }, true);
  return { hub: hub.address, user };
}

/** Without TLS, and not on this machine. */
function isOpenLine(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

export function logout(flag: string | undefined): { hub: string } {
  const address = hubAddress(flag);
  const { key, revisions } = knownHub(address);
  rememberHub(address, { revisions, ...(key !== undefined && { key }) });
  return { hub: address };
}

/** The token that is checked is the one that will be kept. */
async function withoutEnvironmentToken<T>(work: () => Promise<T>): Promise<T> {
  const { SMDK_HUB_TOKEN: set } = process.env;
  delete process.env["SMDK_HUB_TOKEN"];
  try {
    return await work();
  } finally {
    if (set !== undefined) process.env["SMDK_HUB_TOKEN"] = set;
  }
}

async function readToken(): Promise<string> {
  const { SMDK_HUB_TOKEN: set } = process.env;
  if (set) return set;
  if (process.stdin.isTTY === true) {
    const { isCancel, password } = await import("@clack/prompts");
    const answer = await password({ message: "Token" });
    if (isCancel(answer) || answer === "") throw new CliError("interrupted", "");
    return answer;
  }
  const text = Buffer.from(await bytesOf(process.stdin as AsyncIterable<Uint8Array>))
    .toString("utf8")
    .trim();
  if (text === "") throw usage("no token is given", "smdk hub login < FILE, or set SMDK_HUB_TOKEN");
  return text;
}

export interface HubIdResult {
  hubId: string;
  publicKey: string;
  profile: string;
  /** What became of it on the hub; null when nothing was asked of one. */
  outcome: "created" | "is set" | "has a new key" | null;
}

export async function hubId(
  flag: string | undefined,
  options: { name: string | undefined; rotate: boolean; keyFile: string | undefined },
): Promise<HubIdResult> {
  const profile = loadHubProfile();
  if (options.rotate) {
    const group = options.name ?? profile.hubId;
    if (group === "") throw usage("which group's key?", "smdk hub id GROUP --rotate");
    const next = options.keyFile === undefined ? generateKey() : await keyIn(options.keyFile);
    // The new key is on disk before the hub knows it, so that it cannot be lost in between.
    const saved = saveHubProfile({ hubId: group, key: next });
    try {
      const statement = sealRotation(group, profile.key, next);
      await new HubClient(flag).send("POST", `/api/v1/groups/${encodeURIComponent(group)}/keys`, statement);
    } catch (error) {
      saveHubProfile(profile);
      if ((error as { code?: string }).code !== "SMDK_UNREACHABLE") throw error;
      // The answer may have got lost after the hub took the key.
      throw new CliError("unreachable", (error as Error).message, {
        code: "SMDK_UNREACHABLE",
        hint: `smdk hub key ${group} shows whether the hub took the new key; FLUVIO_HUB_PROFILE=${basename(saved.path)} signs with it`,
        cause: error,
      });
    }
    return { hubId: group, publicKey: next.publicKey, profile: saved.path, outcome: "has a new key" };
  }
  const key = options.keyFile === undefined ? profile.key : await keyIn(options.keyFile);
  if (options.name === undefined) {
    const shown = options.keyFile === undefined ? profile : saveHubProfile({ hubId: profile.hubId, key });
    return { hubId: shown.hubId, publicKey: key.publicKey, profile: shown.path, outcome: null };
  }
  const path = `/api/v1/groups/${encodeURIComponent(options.name)}`;
  const { outcome } = await new HubClient(flag).json<{ outcome: "created" | "set" }>("PUT", path, {
    pubkey: key.publicKey,
  });
  const saved = saveHubProfile({ hubId: options.name, key });
  return {
    hubId: options.name,
    publicKey: key.publicKey,
    profile: saved.path,
    outcome: outcome === "set" ? "is set" : "created",
  };
}

async function keyIn(file: string): Promise<ReturnType<typeof keyFromPem>> {
  return keyFromPem(await readFile(file, "utf8"));
}

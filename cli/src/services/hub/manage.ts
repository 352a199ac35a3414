/** Changes on a hub: yanks, tags, tokens, members. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isPublicKey, loadHubProfile, parsePackageName, publicKeyFromPem, sealGrant } from "@smdk/packages";
import { usage } from "../../errors.ts";
import { HubClient, type HubVersion, packagePath } from "./client.ts";

/** Without a reason the mark is taken back. */
export async function yank(
  flag: string | undefined,
  text: string,
  reason: string | undefined,
): Promise<HubVersion> {
  const hub = new HubClient(flag);
  const path = `${packagePath(versioned(text))}/yank`;
  return reason === undefined ? await hub.json("DELETE", path) : await hub.json("PUT", path, { reason });
}

export async function tag(
  flag: string | undefined,
  text: string,
  name: string,
  remove: boolean,
): Promise<{ tags: Record<string, string> }> {
  const hub = new HubClient(flag);
  const { version, ...id } = versioned(text);
  const path = `${packagePath(id)}/tags/${encodeURIComponent(name)}`;
  return remove ? await hub.json("DELETE", path) : await hub.json("PUT", path, { version });
}

export interface HubTokenInfo {
  id: string;
  user: string;
  scopes: string[];
  createdMs: number;
  expiresMs: number | null;
}

/** One's own, or those of `user`. */
export async function listTokens(
  flag: string | undefined,
  user: string | undefined,
): Promise<HubTokenInfo[]> {
  const path = `/api/v1/tokens${ofUser(user)}`;
  return (await new HubClient(flag).json<{ tokens: HubTokenInfo[] }>("GET", path)).tokens;
}

function ofUser(user: string | undefined): string {
  return user === undefined ? "" : `?user=${encodeURIComponent(user)}`;
}

export async function createToken(
  flag: string | undefined,
  wanted: { scopes: readonly string[]; days: number | undefined; user: string | undefined },
): Promise<{ user: string; scopes: string[]; token: string }> {
  const hub = new HubClient(flag);
  const { scopes, days, user } = wanted;
  const ask = (): Promise<{ user: string; scopes: string[]; token: string }> =>
    hub.json("POST", "/api/v1/tokens", {
      scopes,
      ...(days !== undefined && { days }),
      ...(user !== undefined && { user }),
    });
  try {
    return await ask();
  } catch (error) {
    if (user === undefined || (error as { code?: string }).code !== "SMDK_HUB_NOT_FOUND") throw error;
    await hub.json("POST", "/api/v1/users", { user });
    return await ask();
  }
}

export async function revokeToken(
  flag: string | undefined,
  id: string,
  user: string | undefined,
): Promise<void> {
  await new HubClient(flag).send("DELETE", `/api/v1/tokens/${encodeURIComponent(id)}${ofUser(user)}`);
}

export interface HubGroup {
  group: string;
  keys: string[];
  retiredKeys: string[];
  members?: Record<string, string>;
}

export async function listGroups(flag: string | undefined): Promise<{ group: string; role: string }[]> {
  const { groups } = await new HubClient(flag).json<{ groups: { group: string; role: string }[] }>(
    "GET",
    "/api/v1/groups",
  );
  return groups;
}

/** `key` is a public key in hex, or the path of a PEM file with one. */
export async function addKey(flag: string | undefined, group: string, key: string): Promise<void> {
  const publicKey = isPublicKey(key)
    ? key
    : existsSync(key)
      ? publicKeyFromPem(await readFile(key, "utf8"))
      : undefined;
  if (publicKey === undefined)
    throw usage(`${key} is neither a public key nor a file`, "smdk hub id shows one's own public key");
  const statement = sealGrant(group, loadHubProfile().key, publicKey);
  await new HubClient(flag).send("POST", `/api/v1/groups/${encodeURIComponent(group)}/keys`, statement);
}

export async function removeKey(flag: string | undefined, group: string, key: string): Promise<void> {
  await new HubClient(flag).send("DELETE", `/api/v1/groups/${encodeURIComponent(group)}/keys/${key}`);
}

export interface HubAuditLine {
  time: string;
  action: string;
  subject: string;
  outcome: "done" | "refused";
  user?: string;
  tokenId?: string;
  remote: string;
  detail?: string;
}

export async function auditLines(
  flag: string | undefined,
  group: string | undefined,
  limit: number,
): Promise<HubAuditLine[]> {
  const query = new URLSearchParams({ limit: String(limit), ...(group !== undefined && { group }) });
  const { lines } = await new HubClient(flag).json<{ lines: HubAuditLine[] }>(
    "GET",
    `/api/v1/audit?${query}`,
  );
  return lines;
}

export async function showGroup(flag: string | undefined, group: string): Promise<HubGroup> {
  return await new HubClient(flag).json("GET", `/api/v1/groups/${encodeURIComponent(group)}`);
}

export async function setMember(
  flag: string | undefined,
  group: string,
  user: string,
  role: string | undefined,
): Promise<void> {
  const path = `/api/v1/groups/${encodeURIComponent(group)}/members/${encodeURIComponent(user)}`;
  const hub = new HubClient(flag);
  if (role === undefined) await hub.send("DELETE", path);
  else await hub.send("PUT", path, { role });
}

function versioned(text: string): { group: string; name: string; version: string } {
  const { version, ...id } = parsePackageName(text);
  if (version === undefined) throw usage(`${text} missing version`, "write group/name@version");
  return { ...id, version };
}

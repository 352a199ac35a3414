/** The hub directory of Fluvio's tools, `~/.fluvio/hub`: who I am on hubs, and my signing key. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { sha512Hex } from "./digest.ts";
import { PackageError } from "./error.ts";
import { generateKey, keyFromHex, type SigningKey } from "./keys.ts";

const POINTER = "hcurrent";
const FIRST_PROFILE = "default";

const profileSchema = z.object({ hubid: z.string(), pkgkey: z.string(), pubkey: z.string() });

export interface HubProfile {
  /** Group under which packages are published; empty until `hub id` set it. */
  readonly hubId: string;
  readonly key: SigningKey;
  /** File it was read from. */
  readonly path: string;
}

/** `~/.fluvio/hub`, the place upstream uses. */
export function hubDirectory(home: string = homedir()): string {
  return join(home, ".fluvio", "hub");
}

/**
 * The active profile: the file named by `FLUVIO_HUB_PROFILE`, else by `hcurrent`. On first use a key is made.
 * @throws `SMDK_HUB_PROFILE` for a file that is not readable
 */
export function loadHubProfile(
  directory: string = hubDirectory(),
  override: string | undefined = process.env["FLUVIO_HUB_PROFILE"],
): HubProfile {
  const name = override || readText(join(directory, POINTER))?.trim();
  if (!name) return createFirst(directory);
  if (basename(name) !== name)
    throw new PackageError("SMDK_HUB_PROFILE", `${name} is no name of a hub profile`);
  const path = join(directory, name);
  const text = readText(path);
  if (text === undefined)
    throw new PackageError("SMDK_HUB_PROFILE", `Could not load from ${path}: it is not there`);
  let data: z.infer<typeof profileSchema>;
  try {
    data = profileSchema.parse(parse(text, { schema: "failsafe" }));
  } catch (cause) {
    throw new PackageError("SMDK_HUB_PROFILE", `Could not load from ${path}`, { cause });
  }
  if (data.pkgkey === "") return saveHubProfile({ hubId: data.hubid, key: generateKey() }, directory);
  const key = keyFromHex(data.pkgkey);
  if (key.publicKey !== data.pubkey.toLowerCase()) {
    throw new PackageError("SMDK_HUB_PROFILE", `the two keys in ${path} do not belong together`);
  }
  return { hubId: data.hubid, key, path };
}

/** Writes a profile under upstream's file name for it and makes it the active one. */
export function saveHubProfile(
  { hubId, key }: { hubId: string; key: SigningKey },
  directory: string = hubDirectory(),
): HubProfile {
  return write(directory, sha512Hex(Buffer.from(hubId + key.publicKey)), hubId, key);
}

function createFirst(directory: string): HubProfile {
  return write(directory, FIRST_PROFILE, "", generateKey());
}

function write(directory: string, name: string, hubId: string, key: SigningKey): HubProfile {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  // Quotes keep a key of digits a text for every reader.
  const text = stringify(
    { hubid: hubId, pkgkey: key.secretHex(), pubkey: key.publicKey },
    { defaultStringType: "QUOTE_SINGLE", defaultKeyType: "PLAIN", lineWidth: 0 },
  );
  writePrivate(path, text);
  writePrivate(join(directory, POINTER), name);
  return { hubId, key, path };
}

/** Replaces a file as a whole; only its owner can read it. */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

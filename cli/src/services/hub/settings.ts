/** Which hub is meant, and what is known about it: the login, its key, the revisions seen. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writePrivate } from "@smdk/packages";
import * as z from "zod";
import { CliError, usage } from "../../errors.ts";
import { smdkHome } from "../home.ts";

const knownSchema = z.object({
  user: z.string().optional(),
  token: z.string().optional(),
  /** Public key that signs the hub's indexes, as seen first. */
  key: z.string().optional(),
  /** Group → highest revision of its index seen so far. */
  revisions: z.record(z.string(), z.number()).default({}),
});

const settingsSchema = z.object({
  default: z.string().optional(),
  hubs: z.record(z.string(), knownSchema).default({}),
});

export type KnownHub = z.infer<typeof knownSchema>;
type Settings = z.infer<typeof settingsSchema>;

function settingsPath(): string {
  return join(smdkHome(), "hubs.json");
}

function readSettings(): Settings {
  const path = settingsPath();
  if (!existsSync(path)) return { hubs: {} };
  try {
    return settingsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new CliError("config", `${path} is not readable`, { hint: "remove it and log in again", cause });
  }
}

/** The address in the flag, in `SMDK_HUB` or `INFINYON_HUB_REMOTE`, or that of the last login. */
export function hubAddress(flag: string | undefined): string {
  const text =
    flag ?? process.env["SMDK_HUB"] ?? process.env["INFINYON_HUB_REMOTE"] ?? readSettings().default ?? "";
  if (text === "") {
    throw new CliError("config", "no hub is named", {
      code: "SMDK_HUB_UNNAMED",
      hint: "--hub http://host:port, or smdk hub login, or start one: smdk hub serve",
    });
  }
  let url: URL;
  try {
    url = new URL(text.includes("://") ? text : `http://${text}`);
    if (!/^https?:$/.test(url.protocol)) throw new Error("no web address");
  } catch {
    throw usage(`${text} is no address of a hub`, "--hub http://host:port");
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

/** Whether any hub is named. */
export function hasHub(flag: string | undefined): boolean {
  const { SMDK_HUB, INFINYON_HUB_REMOTE } = process.env;
  return (flag ?? SMDK_HUB ?? INFINYON_HUB_REMOTE ?? readSettings().default ?? "") !== "";
}

export function knownHub(address: string): KnownHub {
  const { hubs } = readSettings();
  return Object.hasOwn(hubs, address) ? hubs[address]! : { revisions: {} };
}

/** Keeps what is known about a hub in a file that only its owner can read. */
export function rememberHub(address: string, known: KnownHub, makeDefault = false): void {
  const settings = readSettings();
  settings.hubs[address] = known;
  if (makeDefault) settings.default = address;
  mkdirSync(dirname(settingsPath()), { recursive: true });
  writePrivate(settingsPath(), `${JSON.stringify(settings, null, 2)}\n`);
}

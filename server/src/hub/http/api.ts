/** The JSON face: what `smdk hub` and other programs use. */
import { type Digest, fuelOf, PROVENANCE_ENTRY, readTar, SBOM_ENTRY } from "@smdk/packages";
import { Hono } from "hono";
import * as z from "zod";
import { PLATFORM_VERSION } from "../../sc/public/routes.ts";
import { asHubError, forbidden, notFound } from "../error.ts";
import { requireRole, requireScope } from "../rights.ts";
import { ROLES, SCOPES } from "../store/accounts.ts";
import {
  latestVersion,
  type PackageEntry,
  type Sees,
  visibleTags,
  visibleVersions,
} from "../store/catalog.ts";
import type { VersionRecord } from "../store/records.ts";
import {
  callerOf,
  type FaceParts,
  type HubContext,
  type HubVariables,
  readBody,
  readJson,
  sendBlob,
} from "./context.ts";

const PACKAGE_ENTRIES = { entries: 64, entryBytes: Number.MAX_SAFE_INTEGER };
const PAGE = 20;
const MAX_PAGE = 100;
const MAX_AUDIT_PAGE = 1000;
const MAX_TOKEN_DAYS = 366;

export function apiFace(parts: FaceParts): Hono<HubVariables> {
  const { service } = parts;
  const { accounts, catalog, env, key, limits } = service.parts;
  const app = new Hono<HubVariables>();

  app.get("/", (c) => c.json({ hub: "smdk", platform: PLATFORM_VERSION, key: key.publicKey }));

  app.get("/whoami", (c) => {
    const { user, scopes } = c.get("viewer");
    return c.json({ user: user ?? null, scopes: [...scopes] });
  });

  app.get("/packages", (c) => {
    const sees = service.sees(c.get("viewer"));
    const limit = pageSize(c);
    const query = c.req.query("q") ?? "";
    const group = c.req.query("group");
    if (query !== "") {
      const found = catalog.search(sees, query.slice(0, 200), limit);
      return c.json({ packages: found.map((entry) => summaryOf(entry, sees)), next: null });
    }
    const page = catalog.page(sees, c.req.query("after") ?? "", limit + 1, group);
    const shown = page.slice(0, limit);
    const last = shown.at(-1);
    return c.json({
      packages: shown.map((entry) => summaryOf(entry, sees)),
      next: page.length > limit && last !== undefined ? `${last.group}/${last.name}` : null,
    });
  });

  app.get("/packages/:group/:name", (c) => {
    const { group, name } = c.req.param();
    const viewer = c.get("viewer");
    const entry = service.package(viewer, group, name);
    const sees = service.sees(viewer);
    const versions = visibleVersions(entry, sees);
    return c.json({
      ...summaryOf(entry, sees),
      tags: visibleTags(entry, sees),
      versions: versions.slice(0, pageSize(c)).map(versionOf),
      versionCount: versions.length,
    });
  });

  app.put("/packages/:group/:name/tags/:tag", async (c) => {
    const { group, name, tag } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "member", "publish");
    const { version } = await readJson(c, parts, z.object({ version: z.string() }));
    return c.json({ tags: await service.tag(callerOf(c), { group, name }, tag, version) });
  });

  app.delete("/packages/:group/:name/tags/:tag", async (c) => {
    const { group, name, tag } = c.req.param();
    return c.json({ tags: await service.tag(callerOf(c), { group, name }, tag, undefined) });
  });

  app.get("/packages/:group/:name/:version", async (c) => {
    const record = versionFor(c);
    const readme = record.readme === null ? null : await textOf(record.readme);
    return c.json({ ...versionOf(record), readme });
  });

  app.get("/packages/:group/:name/:version/package", async (c) => {
    const record = versionFor(c);
    return await sendBlob(c, parts, record.digest, {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${record.name}-${record.version}.ipkg"`,
    });
  });

  app.get("/packages/:group/:name/:version/provenance", (c) => sendEntry(c, PROVENANCE_ENTRY));
  app.get("/packages/:group/:name/:version/sbom", (c) => sendEntry(c, SBOM_ENTRY));

  app.put("/packages/:group/:name/:version", async (c) => {
    const { group, name, version } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "member", "publish");
    const record = await parts.gate.run(c.get("viewer").user!, async () =>
      service.publish(callerOf(c), await readBody(c, parts, limits.packageBytes), { group, name, version }),
    );
    return c.json(versionOf(record), 201);
  });

  app.put("/packages/:group/:name/:version/yank", async (c) => {
    const { group, name, version } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "member", "publish");
    const { reason } = await readJson(c, parts, z.object({ reason: z.string().default("") }));
    return c.json(versionOf(await service.yank(callerOf(c), { group, name, version }, reason)));
  });

  app.delete("/packages/:group/:name/:version/yank", async (c) => {
    const { group, name, version } = c.req.param();
    return c.json(versionOf(await service.yank(callerOf(c), { group, name, version }, undefined)));
  });

  app.get("/groups/:group/index", (c) => c.json(service.index(c.get("viewer"), c.req.param("group"))));

  app.get("/groups/:group", (c) => {
    const name = c.req.param("group");
    const viewer = c.get("viewer");
    const group = accounts.group(name);
    const member = service.sees(viewer)(name);
    const isPublic = catalog.page(() => false, "", 1, name).length > 0;
    if (group === undefined || !(member || isPublic)) throw notFound(`group ${name}`);
    const { keys, retiredKeys, keyChanges } = group;
    return c.json({ group: name, keys, retiredKeys, keyChanges, ...(member && { members: group.members }) });
  });

  app.put("/groups/:group", async (c) => {
    requireScope(c.get("viewer"), "manage");
    const { pubkey } = await readJson(c, parts, z.object({ pubkey: z.string() }));
    const outcome = await service.claimGroup(callerOf(c), c.req.param("group"), pubkey);
    return c.json({ group: c.req.param("group"), outcome }, outcome === "created" ? 201 : 200);
  });

  app.post("/groups/:group/keys", async (c) => {
    const group = c.req.param("group");
    requireRole(accounts, c.get("viewer"), group, "owner", "manage");
    await service.changeKey(callerOf(c), group, await readJson(c, parts, z.unknown()));
    return c.json({ group, keys: accounts.group(group)?.keys ?? [] });
  });

  app.delete("/groups/:group/keys/:key", async (c) => {
    const { group, key } = c.req.param();
    await service.removeKey(callerOf(c), group, key);
    return c.json({ group, keys: accounts.group(group)?.keys ?? [] });
  });

  app.put("/groups/:group/members/:user", async (c) => {
    const { group, user } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "owner", "manage");
    const { role } = await readJson(c, parts, z.object({ role: z.enum(ROLES) }));
    await service.change(callerOf(c), "set-member", `${group} ${user} ${role}`, () =>
      accounts.setMember(group, user, role),
    );
    return c.json({ members: accounts.group(group)?.members ?? {} });
  });

  app.delete("/groups/:group/members/:user", async (c) => {
    const { group, user } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "owner", "manage");
    await service.change(callerOf(c), "remove-member", `${group} ${user}`, () =>
      accounts.setMember(group, user, undefined),
    );
    return c.json({ members: accounts.group(group)?.members ?? {} });
  });

  app.post("/users", async (c) => {
    requireScope(c.get("viewer"), "site");
    const { user } = await readJson(c, parts, z.object({ user: z.string() }));
    await service.change(callerOf(c), "create-user", user, () => accounts.createUser(user));
    return c.json({ user }, 201);
  });

  app.get("/tokens", (c) => c.json({ tokens: accounts.tokensOf(tokenOwner(c, c.req.query("user"))) }));

  app.post("/tokens", async (c) => {
    const { scopes: own } = c.get("viewer");
    requireScope(c.get("viewer"), "manage");
    const schema = z.object({
      scopes: z.array(z.enum(SCOPES)).min(1),
      days: z.number().int().min(1).max(MAX_TOKEN_DAYS).optional(),
      user: z.string().optional(),
    });
    const { scopes, days, user: wanted } = await readJson(c, parts, schema);
    const user = tokenOwner(c, wanted);
    const more = scopes.find((scope) => !own.has(scope));
    if (more !== undefined) throw forbidden(`your own token has no scope ${more} to give`);
    const ends = days === undefined ? undefined : env.clock.nowMs() + days * 86_400_000;
    const token = await service.change(callerOf(c), "create-token", `${user} ${scopes.join(",")}`, () =>
      accounts.createToken(user, scopes, ends),
    );
    return c.json({ user, scopes, token }, 201);
  });

  app.delete("/tokens/:id", async (c) => {
    const id = c.req.param("id");
    const user = tokenOwner(c, c.req.query("user"));
    await service.change(callerOf(c), "revoke-token", `${user} ${id.slice(0, 64)}`, () =>
      accounts.revokeToken(user, id),
    );
    return c.json({ revoked: id });
  });

  app.get("/groups", (c) => {
    requireScope(c.get("viewer"), "read");
    return c.json({ groups: accounts.groupsOf(c.get("viewer")) });
  });

  app.get("/audit", async (c) => {
    const lines = await service.auditLines(
      c.get("viewer"),
      c.req.query("group"),
      pageSize(c, MAX_AUDIT_PAGE),
    );
    return c.json({ lines });
  });

  app.onError((error, c) => {
    const known = asHubError(error);
    if (known !== undefined) {
      const { code, message, hint, status } = known;
      return c.json({ error: { code, message, ...(hint !== undefined && { hint }) } }, status);
    }
    parts.logger.error({ err: error, path: c.req.path }, "request failed");
    return c.json({ error: { code: "SMDK_HUB_FAILED", message: "the hub failed" } }, 500);
  });
  return app;

  function versionFor(c: HubContext): VersionRecord {
    const { group = "", name = "", version = "" } = c.req.param();
    return service.version(c.get("viewer"), group, name, version);
  }

  async function sendEntry(c: HubContext, entry: string): Promise<Response> {
    const record = versionFor(c);
    // It was checked when it came in.
    const entries = readTar(await service.parts.blobs.read(record.digest), PACKAGE_ENTRIES);
    const bytes = entries.find(({ name }) => name === entry)?.bytes;
    if (bytes === undefined) throw notFound(`${entry} of ${record.group}/${record.name}@${record.version}`);
    return c.body(Buffer.from(bytes), 200, { "content-type": "application/json" });
  }

  async function textOf(digest: Digest): Promise<string> {
    return Buffer.from(await service.parts.blobs.read(digest)).toString("utf8");
  }

  /** Whose tokens are meant: one's own, or with the scope `site` those of anyone. */
  function tokenOwner(c: HubContext, wanted: string | undefined): string {
    const viewer = c.get("viewer");
    requireScope(viewer, "manage");
    if (wanted !== undefined && wanted !== viewer.user) requireScope(viewer, "site");
    return wanted ?? viewer.user!;
  }
}

function pageSize(c: HubContext, most = MAX_PAGE): number {
  const wanted = Number(c.req.query("limit") ?? PAGE);
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, most) : PAGE;
}

export interface PackageSummary {
  group: string;
  name: string;
  /** Newest version that is neither yanked nor a pre-release, if there is one. */
  latest: string | null;
  /** What the module does with records: `filter`, `map`, … */
  kind: string;
  description: string;
  visibility: "private" | "public";
  publishedAt: string;
}

export function summaryOf(entry: PackageEntry, sees: Sees): PackageSummary {
  const latest = latestVersion(entry, sees);
  const shown = latest ?? visibleVersions(entry, sees)[0]!;
  return {
    group: entry.group,
    name: entry.name,
    latest: latest?.version ?? null,
    kind: shown.wasm.kind,
    description: shown.description,
    visibility: shown.visibility,
    publishedAt: new Date(shown.publishedMs).toISOString(),
  };
}

function versionOf(record: VersionRecord): object {
  const { oci, publishedMs, readme, revision, metaTags, yanked, ...shown } = record;
  return {
    ...shown,
    metaTags,
    fuel: fuelOf(metaTags) ?? null,
    publishedAt: new Date(publishedMs).toISOString(),
    yanked: yanked === null ? null : { ...yanked, at: new Date(yanked.atMs).toISOString() },
    oci: oci.manifest.digest,
  };
}

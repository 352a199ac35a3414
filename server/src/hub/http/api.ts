/** The JSON face: what `smdk hub` and other programs use. */
import { type Digest, PROVENANCE_ENTRY, readPackage, SBOM_ENTRY } from "@smdk/packages";
import { Hono } from "hono";
import * as z from "zod";
import { PLATFORM_VERSION } from "../../sc/public/routes.ts";
import { forbidden, HubError, notFound } from "../error.ts";
import { requireRole, requireScope } from "../rights.ts";
import { ROLES, SCOPES } from "../store/accounts.ts";
import { latestVersion, type PackageEntry, type Sees, visibleVersions } from "../store/catalog.ts";
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

const PAGE = 20;
const MAX_PAGE = 100;
const MAX_TOKEN_DAYS = 366;

export function apiFace(parts: FaceParts): Hono<HubVariables> {
  const { service } = parts;
  const { accounts, catalog, key, limits } = service.parts;
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
      tags: entry.tags,
      versions: versions.slice(0, pageSize(c)).map(versionOf),
      versionCount: versions.length,
    });
  });

  app.put("/packages/:group/:name/tags/:tag", async (c) => {
    const { group, name, tag } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "member", "publish");
    const { version } = parse(z.object({ version: z.string() }), await readJson(c));
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
    const record = await parts.gate.run(async () =>
      service.publish(callerOf(c), await readBody(c, limits.packageBytes), { group, name, version }),
    );
    return c.json(versionOf(record), 201);
  });

  app.put("/packages/:group/:name/:version/yank", async (c) => {
    const { group, name, version } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "member", "publish");
    const { reason } = parse(z.object({ reason: z.string().default("") }), await readJson(c));
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
    const { keys, retiredKeys } = group;
    return c.json({ group: name, keys, retiredKeys, ...(member && { members: group.members }) });
  });

  app.put("/groups/:group", async (c) => {
    requireScope(c.get("viewer"), "manage");
    const { pubkey } = parse(z.object({ pubkey: z.string() }), await readJson(c));
    const outcome = await service.claimGroup(callerOf(c), c.req.param("group"), pubkey);
    return c.json({ group: c.req.param("group"), outcome }, outcome === "created" ? 201 : 200);
  });

  app.post("/groups/:group/keys", async (c) => {
    const group = c.req.param("group");
    requireRole(accounts, c.get("viewer"), group, "owner", "manage");
    await service.rotateKey(callerOf(c), group, await readJson(c));
    return c.json({ group, keys: accounts.group(group)?.keys ?? [] });
  });

  app.put("/groups/:group/members/:user", async (c) => {
    const { group, user } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "owner", "manage");
    const { role } = parse(z.object({ role: z.enum(ROLES) }), await readJson(c));
    await accounts.setMember(group, user, role);
    await audit(c, "set-member", `${group} ${user} ${role}`);
    return c.json({ members: accounts.group(group)?.members ?? {} });
  });

  app.delete("/groups/:group/members/:user", async (c) => {
    const { group, user } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "owner", "manage");
    await accounts.setMember(group, user, undefined);
    await audit(c, "remove-member", `${group} ${user}`);
    return c.json({ members: accounts.group(group)?.members ?? {} });
  });

  app.post("/users", async (c) => {
    requireScope(c.get("viewer"), "site");
    const { user } = parse(z.object({ user: z.string() }), await readJson(c));
    await accounts.createUser(user);
    await audit(c, "create-user", user);
    return c.json({ user }, 201);
  });

  app.get("/tokens", (c) => {
    const viewer = c.get("viewer");
    requireScope(viewer, "manage");
    return c.json({ tokens: accounts.tokensOf(viewer.user!) });
  });

  app.post("/tokens", async (c) => {
    const viewer = c.get("viewer");
    requireScope(viewer, "manage");
    const schema = z.object({
      scopes: z.array(z.enum(SCOPES)).min(1),
      days: z.number().int().min(1).max(MAX_TOKEN_DAYS).optional(),
      user: z.string().optional(),
    });
    const { scopes, days, user = viewer.user! } = parse(schema, await readJson(c));
    if (user !== viewer.user) requireScope(viewer, "site");
    const more = scopes.find((scope) => !viewer.scopes.has(scope));
    if (more !== undefined) throw forbidden(`your own token has no scope ${more} to give`);
    const now = service.parts.env.clock.nowMs();
    const token = await accounts.createToken(
      user,
      scopes,
      days === undefined ? undefined : now + days * 86_400_000,
    );
    await audit(c, "create-token", `${user} ${scopes.join(",")}`);
    return c.json({ user, scopes, token }, 201);
  });

  app.delete("/tokens/:id", async (c) => {
    const viewer = c.get("viewer");
    requireScope(viewer, "manage");
    await accounts.revokeToken(viewer.user!, c.req.param("id"));
    await audit(c, "revoke-token", c.req.param("id"));
    return c.json({ revoked: c.req.param("id") });
  });

  app.onError((error, c) => {
    if (error instanceof HubError) {
      const { code, message, hint } = error;
      return c.json({ error: { code, message, ...(hint !== undefined && { hint }) } }, error.status);
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
    const { entries } = readPackage(await service.parts.blobs.read(record.digest));
    const bytes = entries.get(entry);
    if (bytes === undefined) throw notFound(`${entry} of ${record.group}/${record.name}@${record.version}`);
    return c.body(Buffer.from(bytes), 200, { "content-type": "application/json" });
  }

  async function textOf(digest: Digest): Promise<string> {
    return Buffer.from(await service.parts.blobs.read(digest)).toString("utf8");
  }

  async function audit(c: HubContext, action: string, subject: string): Promise<void> {
    const { user, tokenId } = c.get("viewer");
    await service.parts.audit.write({
      action,
      user,
      tokenId,
      remote: c.get("remote"),
      subject,
      outcome: "done",
    });
  }
}

function pageSize(c: HubContext): number {
  const wanted = Number(c.req.query("limit") ?? PAGE);
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MAX_PAGE) : PAGE;
}

export interface PackageSummary {
  group: string;
  name: string;
  /** Newest version that is neither yanked nor a pre-release, if there is one. */
  latest: string | null;
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
    publishedAt: new Date(publishedMs).toISOString(),
    yanked: yanked === null ? null : { ...yanked, at: new Date(yanked.atMs).toISOString() },
    oci: oci.manifest.digest,
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HubError(400, "SMDK_HUB_JSON", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
}

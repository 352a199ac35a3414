/**
 * The face of a container registry, `/v2/` (OCI distribution 1.1). Every published version is an artifact there;
 * other artifacts can be kept beside them, and a package pushed as one is published like any other.
 */
import {
  type Descriptor,
  type Digest,
  digestOf,
  IPKG_TYPE,
  isDigest,
  isVersion,
  isWasm,
  namingComplaints,
  OCI_INDEX,
  ociTag,
  WASM_LAYER,
} from "@smdk/packages";
import { Hono } from "hono";
import { KeyLock } from "../../sc/key-lock.ts";
import { TOKEN_LIFE_MS } from "../action-token.ts";
import { asHubError, HubError } from "../error.ts";
import { requireRole } from "../rights.ts";
import { latestVersion, visibleTags, visibleVersions } from "../store/catalog.ts";
import type { OciFiles, OciRepository } from "../store/oci-files.ts";
import type { VersionRecord } from "../store/records.ts";
import {
  askForLogin,
  callerOf,
  type FaceParts,
  type HubContext,
  type HubVariables,
  readBody,
  sendBlob,
} from "./context.ts";
import { OCI_CODES, OciError, readManifest } from "./oci-manifest.ts";
import { UploadSessions } from "./oci-uploads.ts";

const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_PAGE = 1000;
/** Of annotations that a list of referrers repeats: what is kept of a repository is written as a whole each time. */
const MAX_LISTED_BYTES = 16 * 1024;
interface FoundManifest {
  readonly digest: Digest;
  readonly mediaType: string;
}

export function ociFace(parts: FaceParts, files: OciFiles): Hono<HubVariables> {
  const { service, gate } = parts;
  const { accounts, blobs, catalog, env, limits } = service.parts;
  const sessions = new UploadSessions(env.clock, env.random, limits);
  const locks = new KeyLock();
  const app = new Hono<HubVariables>();

  app.get("/", (c) => c.json({}));

  app.get("/token", (c) => {
    const token = parts.actionTokens.issue(c.get("viewer"), "registry");
    return c.json({ token, access_token: token, expires_in: TOKEN_LIFE_MS / 1000 });
  });

  app.get("/_catalog", (c) => {
    const sees = service.sees(c.get("viewer"));
    const limit = pageSize(c, 100);
    const found = catalog.page(sees, c.req.query("last") ?? "", limit + 1);
    const repositories = found.map(({ group, name }) => `${group}/${name}`);
    return c.json({ repositories: pageOf(c, repositories, limit) });
  });

  app.get("/:group/:name/tags/list", (c) => {
    const { repository, versions, extra } = open(c);
    const entry = catalog.get(c.req.param("group"), c.req.param("name"));
    const named = entry === undefined ? {} : visibleTags(entry, service.sees(c.get("viewer")));
    const all = [
      ...versions.filter(({ yanked }) => yanked === null).map(({ version }) => ociTag(version)),
      ...Object.keys(named),
      ...Object.keys(extra.tags),
    ];
    const last = c.req.query("last") ?? "";
    const rest = [...new Set(all)].sort().filter((tag) => tag > last);
    return c.json({ name: repository, tags: pageOf(c, rest, pageSize(c, MAX_PAGE)) });
  });

  app.on(["GET", "HEAD"], "/:group/:name/manifests/:reference", async (c) => {
    const found = findManifest(c, c.req.param("reference"));
    return await sendBlob(c, parts, found.digest, {
      "content-type": found.mediaType,
      "docker-content-digest": found.digest,
    });
  });

  app.on(["GET", "HEAD"], "/:group/:name/blobs/:digest", async (c) => {
    const digest = c.req.param("digest");
    const { versions, extra, repository } = open(c);
    const known =
      Object.hasOwn(extra.blobs, digest) || versions.some(({ oci }) => oci.blobs.includes(digest as Digest));
    if (!known || !isDigest(digest))
      throw new OciError(404, "BLOB_UNKNOWN", `${repository} has no ${digest}`);
    return await sendBlob(c, parts, digest, {
      "content-type": "application/octet-stream",
      "docker-content-digest": digest,
    });
  });

  app.get("/:group/:name/referrers/:digest", (c) => {
    const digest = c.req.param("digest");
    const { versions, extra } = open(c);
    if (!isDigest(digest)) throw new OciError(400, "DIGEST_INVALID", "this is no digest");
    const wanted = c.req.query("artifactType");
    const ours = versions
      .filter(({ oci }) => oci.manifest.digest === digest)
      .flatMap(({ oci }) => oci.referrers);
    const theirs = Object.entries(extra.manifests)
      .filter(([, { subject }]) => subject === digest)
      .map(([own, { mediaType, size, artifactType, annotations }]) => ({
        mediaType,
        digest: own as Digest,
        size,
        ...(artifactType !== null && { artifactType }),
        ...(Object.keys(annotations).length > 0 && { annotations }),
      }));
    const all = new Map<string, Descriptor>();
    for (const each of [...(ours as Descriptor[]), ...theirs]) {
      if (wanted === undefined || each.artifactType === wanted) all.set(each.digest, each);
    }
    if (wanted !== undefined) c.header("oci-filters-applied", "artifactType");
    return c.body(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...all.values()] }),
      200,
      {
        "content-type": OCI_INDEX,
      },
    );
  });

  app.post("/:group/:name/blobs/uploads/", async (c) => {
    const repository = writable(c);
    const digest = c.req.query("digest");
    if (digest !== undefined) {
      return await gate.run(c.get("viewer").user!, async () =>
        keepBlob(c, repository, digest, await readBody(c, parts, limits.packageBytes)),
      );
    }
    const { mount, from } = c.req.query();
    if (mount !== undefined && from !== undefined && isDigest(mount) && mayRead(c, from, mount)) {
      return await keepBlob(c, repository, mount, await blobs.read(mount));
    }
    const id = sessions.begin(repository, c.get("viewer").user!);
    return c.body(null, 202, uploadHeaders(repository, id, 0));
  });

  app.get("/:group/:name/blobs/uploads/:id", (c) => {
    const repository = writable(c);
    const { size } = session(c, repository);
    return c.body(null, 204, uploadHeaders(repository, c.req.param("id"), size));
  });

  app.patch("/:group/:name/blobs/uploads/:id", async (c) => {
    const repository = writable(c);
    const id = c.req.param("id");
    return await gate.run(c.get("viewer").user!, async () => {
      const { size } = session(c, repository);
      const start = /^(?:bytes )?(\d+)-\d+/.exec(c.req.header("content-range") ?? "")?.[1];
      if (start !== undefined && Number(start) !== size) {
        return c.body(null, 416, uploadHeaders(repository, id, size));
      }
      const next = sessions.append(id, await readBody(c, parts, limits.packageBytes - size));
      return c.body(null, 202, uploadHeaders(repository, id, next));
    });
  });

  app.put("/:group/:name/blobs/uploads/:id", async (c) => {
    const repository = writable(c);
    const id = c.req.param("id");
    const digest = c.req.query("digest") ?? "";
    return await gate.run(c.get("viewer").user!, async () => {
      const { size } = session(c, repository);
      sessions.append(id, await readBody(c, parts, limits.packageBytes - size));
      return await keepBlob(c, repository, digest, sessions.end(id));
    });
  });

  app.delete("/:group/:name/blobs/uploads/:id", (c) => {
    const repository = writable(c);
    session(c, repository);
    sessions.end(c.req.param("id"));
    return c.body(null, 204);
  });

  app.put("/:group/:name/manifests/:reference", async (c) => {
    const repository = writable(c);
    const bytes = await readBody(c, parts, MAX_MANIFEST_BYTES);
    return await locks.run(repository, () => putManifest(c, repository, c.req.param("reference"), bytes));
  });

  // What is published stays: versions are taken back by a yank.
  for (const path of ["/:group/:name/manifests/:reference", "/:group/:name/blobs/:digest"]) {
    app.delete(path, (c) => {
      writable(c);
      throw new OciError(405, "UNSUPPORTED", "nothing is deleted here; yank the version instead");
    });
  }

  app.onError((error, c) => {
    const known = asHubError(error);
    if (known !== undefined) {
      const { status, message, hint } = known;
      const code = known instanceof OciError ? known.ociCode : (OCI_CODES[status] ?? "UNKNOWN");
      if (status === 401) askForLogin(c);
      const text = hint === undefined ? message : `${message} (${hint})`;
      return c.json({ errors: [{ code, message: text, detail: { code: known.code } }] }, status);
    }
    parts.logger.error({ err: error, path: c.req.path }, "request failed");
    return c.json({ errors: [{ code: "UNKNOWN", message: "the hub failed" }] }, 500);
  });
  return app;

  /**
   * What the viewer may see of a repository. Someone unknown is asked to log in where nothing may be seen, since
   * clients send their password only then; others are told that there is nothing.
   */
  function open(c: HubContext): { repository: string; versions: VersionRecord[]; extra: OciRepository } {
    const { group = "", name = "" } = c.req.param();
    const viewer = c.get("viewer");
    const sees = service.sees(viewer);
    const repository = `${group}/${name}`;
    const entry = catalog.get(group, name);
    const versions = entry === undefined ? [] : visibleVersions(entry, sees);
    const extra = sees(group) ? files.get(repository) : { tags: {}, manifests: {}, blobs: {} };
    if (versions.length === 0 && Object.keys(extra.blobs).length === 0) {
      if (viewer.user === undefined) throw new HubError(401, "SMDK_HUB_UNAUTHORIZED", "please log in");
      throw new OciError(404, "NAME_UNKNOWN", `${repository} is not here`);
    }
    return { repository, versions, extra };
  }

  function mayRead(c: HubContext, repository: string, digest: Digest): boolean {
    const [group = "", name = "", more] = repository.split("/");
    const entry = catalog.get(group, name);
    const sees = service.sees(c.get("viewer"));
    if (more !== undefined) return false;
    const inVersions =
      entry !== undefined && visibleVersions(entry, sees).some(({ oci }) => oci.blobs.includes(digest));
    return inVersions || (sees(group) && Object.hasOwn(files.get(repository).blobs, digest));
  }

  /** The repository's name, once it is clear that the viewer may push to it. */
  function writable(c: HubContext): string {
    const { group = "", name = "" } = c.req.param();
    requireRole(accounts, c.get("viewer"), group, "member", "publish");
    const complaints = namingComplaints({ group, name });
    if (complaints.length > 0) throw new OciError(400, "NAME_INVALID", complaints.join("; "));
    const lookalike = catalog.lookalike(group, name);
    if (lookalike !== undefined) throw new OciError(400, "NAME_INVALID", `${name} looks like ${lookalike}`);
    return `${group}/${name}`;
  }

  function session(c: HubContext, repository: string): { size: number } {
    const found = sessions.get(c.req.param("id") ?? "", repository, c.get("viewer").user!);
    if (found === undefined) throw new OciError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
    return found;
  }

  async function keepBlob(
    c: HubContext,
    repository: string,
    digest: string,
    bytes: Uint8Array,
  ): Promise<Response> {
    if (!isDigest(digest) || digestOf(bytes) !== digest) {
      throw new OciError(400, "DIGEST_INVALID", "the blob does not have this digest");
    }
    await locks.run(repository, async () => {
      const known = files.get(repository);
      if (Object.hasOwn(known.blobs, digest)) return;
      bounded(known);
      await blobs.together(
        async (put) => {
          await put(bytes);
          await files.put(repository, { ...known, blobs: { ...known.blobs, [digest]: bytes.length } });
        },
        (each) => service.isUsed(each),
      );
    });
    return c.body(null, 201, {
      location: `/v2/${repository}/blobs/${digest}`,
      "docker-content-digest": digest,
    });
  }

  function findManifest(c: HubContext, reference: string): FoundManifest {
    const { versions, extra, repository } = open(c);
    const entry = catalog.get(c.req.param("group") ?? "", c.req.param("name") ?? "");
    const tagged = entry && Object.hasOwn(entry.tags, reference) ? entry.tags[reference] : undefined;
    for (const { version, oci } of versions) {
      if (version === tagged || ociTag(version) === reference) return oci.manifest;
      const own = [oci.manifest, ...oci.referrers].find(({ digest }) => digest === reference);
      if (own !== undefined) return own;
    }
    const digest = Object.hasOwn(extra.tags, reference) ? extra.tags[reference]! : reference;
    const found = Object.hasOwn(extra.manifests, digest) ? extra.manifests[digest] : undefined;
    if (found !== undefined) return { digest: digest as Digest, mediaType: found.mediaType };
    if (reference === "latest" && entry !== undefined) {
      const newest = latestVersion(entry, service.sees(c.get("viewer")));
      if (newest !== undefined) return newest.oci.manifest;
    }
    throw new OciError(404, "MANIFEST_UNKNOWN", `${repository} has no ${reference}`);
  }

  async function putManifest(
    c: HubContext,
    repository: string,
    reference: string,
    bytes: Uint8Array,
  ): Promise<Response> {
    const digest = digestOf(bytes);
    if (reference.startsWith("sha256:") && reference !== digest) {
      throw new OciError(400, "DIGEST_INVALID", "the manifest does not have this digest");
    }
    const isTag = !reference.startsWith("sha256:");
    if (isTag && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(reference)) {
      throw new OciError(400, "TAG_INVALID", "this is no tag");
    }
    const manifest = readManifest(bytes, c.req.header("content-type"));
    const { group = "", name = "" } = c.req.param();
    const own = (catalog.get(group, name)?.versions ?? []).flatMap(({ oci }) => oci.blobs);
    const known = files.get(repository);
    const needed = [...(manifest.config ? [manifest.config] : []), ...manifest.layers];
    for (const { digest: blob } of needed) {
      if (!Object.hasOwn(known.blobs, blob) && !own.includes(blob)) {
        throw new OciError(404, "MANIFEST_BLOB_UNKNOWN", `${blob} was not uploaded`);
      }
    }
    for (const layer of manifest.layers) {
      if (layer.mediaType === WASM_LAYER && !isWasm(await blobs.read(layer.digest))) {
        throw new OciError(400, "MANIFEST_INVALID", `${layer.digest} is not WebAssembly`);
      }
    }
    const artifactType = manifest.artifactType ?? manifest.config?.mediaType ?? null;
    const tag = isTag ? reference : undefined;
    const published =
      artifactType === IPKG_TYPE ? await publishLayer(c, { group, name }, tag, manifest.layers) : undefined;
    // A version's own tag is its module; the package is found from there.
    const isOwnTag = published !== undefined && tag === ociTag(published.version);
    await keepManifest(repository, isOwnTag ? undefined : tag, digest, bytes, {
      mediaType: manifest.type,
      size: bytes.length,
      subject: manifest.subject?.digest ?? null,
      artifactType,
      // They are in the manifest itself; here they only stand beside it in lists.
      annotations: JSON.stringify(manifest.annotations).length > MAX_LISTED_BYTES ? {} : manifest.annotations,
      blobs: needed.map((each) => each.digest),
    });
    return c.body(null, 201, {
      location: `/v2/${repository}/manifests/${digest}`,
      "docker-content-digest": digest,
      ...(manifest.subject && { "oci-subject": manifest.subject.digest }),
    });
  }

  /**
   * A pushed package becomes a published version, which a tag that is a version must name; pushing the same bytes
   * again changes nothing.
   */
  async function publishLayer(
    c: HubContext,
    { group, name }: { group: string; name: string },
    tag: string | undefined,
    layers: readonly { digest: Digest }[],
  ): Promise<VersionRecord> {
    const [layer, more] = layers;
    if (layer === undefined || more !== undefined)
      throw new OciError(400, "MANIFEST_INVALID", "a package is one layer");
    const version = tag?.replaceAll("_", "+");
    const expected = { group, name, ...(version !== undefined && isVersion(version) && { version }) };
    const known = catalog.get(group, name)?.versions.find(({ digest }) => digest === layer.digest);
    if (known !== undefined && known.version === (expected.version ?? known.version)) return known;
    return await service.publish(callerOf(c), await blobs.read(layer.digest), expected);
  }

  async function keepManifest(
    repository: string,
    tag: string | undefined,
    digest: Digest,
    bytes: Uint8Array,
    manifest: OciRepository["manifests"][string],
  ): Promise<void> {
    const [group = "", name = ""] = repository.split("/");
    const known = files.get(repository);
    if (tag !== undefined) {
      const published = catalog.get(group, name)?.versions.find(({ version }) => ociTag(version) === tag);
      const before =
        published?.oci.manifest.digest ?? (Object.hasOwn(known.tags, tag) ? known.tags[tag] : undefined);
      const immutable = isVersion(tag.replaceAll("_", "+")) || published !== undefined;
      if (immutable && before !== undefined && before !== digest) {
        throw new OciError(409, "DENIED", `${tag} is published already`);
      }
      if (published !== undefined) return;
    }
    if (!Object.hasOwn(known.manifests, digest)) bounded(known);
    await blobs.put(bytes);
    await files.put(repository, {
      ...known,
      manifests: { ...known.manifests, [digest]: manifest },
      tags: tag === undefined ? known.tags : { ...known.tags, [tag]: digest },
    });
  }

  function bounded({ blobs: some, manifests }: OciRepository): void {
    if (Object.keys(some).length + Object.keys(manifests).length >= limits.ociObjects) {
      throw new OciError(409, "DENIED", `a repository holds at most ${limits.ociObjects} objects`);
    }
  }
}

/** How many items the client wants at most: `n`, or else `usual`. */
function pageSize(c: HubContext, usual: number): number {
  const wanted = Number(c.req.query("n") ?? usual);
  return Number.isInteger(wanted) && wanted >= 0 ? Math.min(wanted, MAX_PAGE) : usual;
}

/** The first items, with the address of the next page where there are more. */
function pageOf(c: HubContext, items: readonly string[], limit: number): readonly string[] {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  if (items.length > limit && last !== undefined) {
    const query = new URLSearchParams({ n: String(limit), last });
    c.header("link", `<${c.req.path}?${query}>; rel="next"`);
  }
  return page;
}

function uploadHeaders(repository: string, id: string, size: number): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    "docker-upload-uuid": id,
  };
}

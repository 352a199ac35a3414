/** The hub itself: what its faces ask of it, whatever they look like. */
import {
  type Digest,
  type Envelope,
  type HubIndex,
  isVersion,
  type KeyChange,
  ociArtifacts,
  ociTag,
  openKeyChange,
  PROVENANCE_ENTRY,
  referrerDescriptor,
  type SigningKey,
  sealIndex,
  skeleton,
} from "@smdk/packages";
import type { Logger } from "../logger.ts";
import { KeyLock } from "../sc/key-lock.ts";
import { type CheckedPackage, checkPackage } from "./check.ts";
import type { HubEnv } from "./env.ts";
import { HubError, notFound } from "./error.ts";
import type { HubLimits } from "./limits.ts";
import { requireRole, requireScope, seesOf } from "./rights.ts";
import type { AccountStore, Viewer } from "./store/accounts.ts";
import type { AuditEvent, AuditLine, AuditLog } from "./store/audit.ts";
import type { BlobStore } from "./store/blobs.ts";
import { type Catalog, latestVersion, type PackageEntry, type Sees, visibleTags } from "./store/catalog.ts";
import type { OciFiles } from "./store/oci-files.ts";
import type { RecordFiles, VersionRecord } from "./store/records.ts";

/** The hub signs on demand, so an index need not live long: this is how long an old one could be passed off. */
const INDEX_LIFE_MS = 24 * 3600 * 1000;
const MAX_REASON = 500;

/** Who sent a request, and from where. */
export interface Caller {
  readonly viewer: Viewer;
  readonly remote: string;
}

export interface ServiceParts {
  readonly env: HubEnv;
  readonly key: SigningKey;
  readonly limits: HubLimits;
  readonly blobs: BlobStore;
  readonly records: RecordFiles;
  readonly catalog: Catalog;
  readonly accounts: AccountStore;
  readonly audit: AuditLog;
  readonly oci: OciFiles;
  readonly logger: Logger;
}

/** Refusals that the audit log has. */
const audited = new WeakSet<HubError>();

export class HubService {
  readonly parts: ServiceParts;
  readonly #locks = new KeyLock();
  readonly #indexes = new Map<string, { revision: number; untilMs: number; envelope: Envelope }>();

  constructor(parts: ServiceParts) {
    this.parts = parts;
  }

  sees(viewer: Viewer): Sees {
    return seesOf(this.parts.accounts, viewer);
  }

  /** A package, or 404 when there is none that the viewer may see. */
  package(viewer: Viewer, group: string, name: string): PackageEntry {
    const entry = this.parts.catalog.get(group, name);
    const sees = this.sees(viewer);
    const visible = entry?.versions.some(({ visibility }) => visibility === "public" || sees(group));
    if (entry === undefined || !visible) throw notFound(`${group}/${name}`);
    return entry;
  }

  /** A version by its number, a tag or `latest`; yanked ones only by their number. */
  version(viewer: Viewer, group: string, name: string, reference: string): VersionRecord {
    const entry = this.package(viewer, group, name);
    const sees = this.sees(viewer);
    const tagged = Object.hasOwn(entry.tags, reference) ? entry.tags[reference]! : reference;
    const record =
      this.parts.catalog.version(group, name, tagged) ??
      (reference === "latest" ? latestVersion(entry, sees) : undefined);
    if (record === undefined || !(record.visibility === "public" || sees(group))) {
      throw notFound(`${group}/${name}@${reference}`);
    }
    return record;
  }

  /**
   * Takes in a package, which must be the expected one. When this resolves it is there for good; when it does not, it
   * is not there at all.
   * @throws 401, 403, 409 (there is such a version), 422 (with the fault's own code)
   */
  async publish(
    caller: Caller,
    ipkg: Uint8Array,
    expected: { group: string; name: string; version?: string },
  ): Promise<VersionRecord> {
    const { accounts, limits } = this.parts;
    requireRole(accounts, caller.viewer, expected.group, "member", "publish");
    return await this.#audited(caller, "publish", labelOf(expected), async (name) => {
      const checked = await checkPackage(ipkg, limits);
      const { meta } = checked.pkg;
      for (const key of ["group", "name", "version"] as const) {
        if (expected[key] !== undefined && expected[key] !== meta[key]) {
          throw new HubError(
            422,
            "SMDK_HUB_DISAGREES",
            `the package says ${key} ${meta[key]}, the address says ${expected[key]}`,
          );
        }
      }
      name(labelOf(meta));
      return await this.#alone(meta, () => this.#store(caller, ipkg, checked));
    });
  }

  /** One change of a package after the other; names that look alike count as one, so that only one of them comes in. */
  async #alone<T>({ group, name }: { group: string; name: string }, work: () => Promise<T>): Promise<T> {
    return await this.#locks.run(`${group}/${skeleton(name)}`, work);
  }

  async #store(caller: Caller, ipkg: Uint8Array, checked: CheckedPackage): Promise<VersionRecord> {
    const { accounts, blobs, catalog, records, env } = this.parts;
    const { pkg, module, kind, license, params, provenance } = checked;
    const { meta, signers } = pkg;
    if (catalog.version(meta.group, meta.name, meta.version) !== undefined) {
      throw new HubError(
        409,
        "SMDK_HUB_EXISTS",
        `${labelOf(meta)} is published already`,
        "raise the version",
      );
    }
    const lookalike = catalog.lookalike(meta.group, meta.name);
    if (lookalike !== undefined) {
      throw new HubError(409, "SMDK_HUB_LOOKALIKE", `${meta.name} looks like ${lookalike}, which is taken`);
    }
    const { keys } = accounts.group(meta.group)!;
    if (!signers.some((key) => keys.includes(key))) {
      throw new HubError(
        403,
        "SMDK_HUB_SIGNER",
        `no key of the group ${meta.group} signed this package`,
        "sign with the group's key, or make yours the group's: smdk hub id",
      );
    }
    const artifacts = ociArtifacts(ipkg, pkg, module);
    const { tags } = this.parts.oci.get(`${meta.group}/${meta.name}`);
    const tag = ociTag(meta.version);
    if (Object.hasOwn(tags, tag) && tags[tag] !== artifacts.manifest.digest) {
      throw new HubError(
        409,
        "SMDK_HUB_EXISTS",
        `${tag} is the tag of another artifact`,
        "raise the version",
      );
    }
    return await blobs.together(
      async (put) => {
        const readme = module.readme === undefined ? null : await put(Buffer.from(module.readme));
        for (const { bytes } of [...artifacts.blobs, artifacts.manifest, ...artifacts.referrers])
          await put(bytes);
        const wasm = artifacts.blobs[0]!;
        const record: VersionRecord = {
          group: meta.group,
          name: meta.name,
          version: meta.version,
          description: meta.description,
          license,
          repository: meta.repository_url,
          visibility: meta.visibility,
          manifest: [...meta.manifest],
          metaTags: [...(meta.tags ?? [])],
          digest: pkg.digest,
          size: pkg.size,
          wasm: { digest: wasm.digest, size: module.wasm.length, kind },
          readme,
          params,
          signers: [...signers],
          provenance: provenance && pkg.entries.has(PROVENANCE_ENTRY),
          publisher: caller.viewer.user!,
          publishedMs: env.clock.nowMs(),
          yanked: null,
          revision: 1,
          oci: {
            manifest: referrerDescriptor(artifacts.manifest),
            referrers: artifacts.referrers.map(referrerDescriptor),
            blobs: artifacts.blobs.map(({ digest }) => digest),
          },
        };
        await records.writeVersion(record);
        catalog.put(record);
        return record;
      },
      (digest) => this.isUsed(digest),
    );
  }

  /** Whether a version or a registry's repository keeps a blob; looks at all of them. */
  isUsed(digest: Digest): boolean {
    const { catalog, oci } = this.parts;
    return HubService.usedBlobs(catalog).has(digest) || [...oci.digests()].includes(digest);
  }

  /** Marks a version as one not to be used any more, or takes the mark back. Its bytes stay. */
  async yank(
    caller: Caller,
    id: { group: string; name: string; version: string },
    reason: string | undefined,
  ): Promise<VersionRecord> {
    const { accounts, catalog, env, records } = this.parts;
    requireRole(accounts, caller.viewer, id.group, "member", "publish");
    return await this.#audited(caller, reason === undefined ? "unyank" : "yank", labelOf(id), () =>
      this.#alone(id, async () => {
        const known = catalog.version(id.group, id.name, id.version);
        if (known === undefined) throw notFound(labelOf(id));
        const yanked =
          reason === undefined
            ? null
            : { reason: reason.slice(0, MAX_REASON), by: caller.viewer.user!, atMs: env.clock.nowMs() };
        const record = { ...known, yanked, revision: known.revision + 1 };
        await records.writeVersion(record);
        catalog.put(record);
        return record;
      }),
    );
  }

  /** Points a tag to a version; undefined removes it. */
  async tag(
    caller: Caller,
    id: { group: string; name: string },
    tag: string,
    version: string | undefined,
  ): Promise<Record<string, string>> {
    const { accounts, catalog, records } = this.parts;
    requireRole(accounts, caller.viewer, id.group, "member", "publish");
    const subject = `${id.group}/${id.name}@${tag}`;
    return await this.#audited(caller, version === undefined ? "untag" : "tag", subject, () =>
      this.#alone(id, async () => {
        const entry = catalog.get(id.group, id.name);
        if (entry === undefined) throw notFound(`${id.group}/${id.name}`);
        if (!/^[a-z][a-z0-9._-]{0,63}$/.test(tag) || isVersion(tag)) {
          throw new HubError(
            422,
            "SMDK_HUB_TAG",
            "a tag has up to 64 of a-z, 0-9, '.', '_' and '-', and begins with a letter",
          );
        }
        if (version !== undefined && catalog.version(id.group, id.name, version) === undefined) {
          throw notFound(`${id.group}/${id.name}@${version}`);
        }
        const tags = { ...entry.tags };
        if (version === undefined) delete tags[tag];
        else tags[tag] = version;
        if (Object.keys(tags).length > 100)
          throw new HubError(409, "SMDK_HUB_TAG", "a package has at most 100 tags");
        const next = { revision: entry.tagsRevision + 1, tags };
        await records.writeTags(id.group, id.name, next);
        catalog.putTags(id.group, id.name, next);
        return tags;
      }),
    );
  }

  async claimGroup(caller: Caller, name: string, pubkey: string): Promise<"created" | "set"> {
    return await this.#audited(caller, "claim-group", name, () =>
      this.parts.accounts.claimGroup(caller.viewer, name, pubkey),
    );
  }

  /**
   * A rotation, or a further key.
   * @throws 403 when the key that vouches is not the group's, 422 when the statement lacks a signature
   */
  async changeKey(caller: Caller, group: string, envelope: unknown): Promise<void> {
    requireRole(this.parts.accounts, caller.viewer, group, "owner", "manage");
    await this.#audited(caller, "change-key", group, async () => {
      let change: KeyChange;
      try {
        change = openKeyChange(envelope);
      } catch (error) {
        throw new HubError(422, "SMDK_HUB_KEY", (error as Error).message);
      }
      if (change.group !== group)
        throw new HubError(422, "SMDK_HUB_KEY", "the key change is for another group");
      await this.parts.accounts.changeKey(change, envelope as Envelope);
    });
  }

  async removeKey(caller: Caller, group: string, key: string): Promise<void> {
    requireRole(this.parts.accounts, caller.viewer, group, "owner", "manage");
    await this.#audited(caller, "remove-key", `${group} ${key.slice(0, 64)}`, () =>
      this.parts.accounts.removeKey(group, key),
    );
  }

  /** A change of accounts, with its line in the audit log. */
  async change<T>(caller: Caller, action: string, subject: string, work: () => Promise<T>): Promise<T> {
    return await this.#audited(caller, action, subject, work);
  }

  /** Newest first: of one group for its owners, of everything for those who run the site. */
  async auditLines(viewer: Viewer, group: string | undefined, limit: number): Promise<AuditLine[]> {
    if (group === undefined) requireScope(viewer, "site");
    else if (!viewer.scopes.has("site")) {
      requireRole(this.parts.accounts, viewer, group, "owner", "manage");
    }
    const isAbout = ({ subject }: AuditLine): boolean =>
      subject === group || subject.startsWith(`${group}/`) || subject.startsWith(`${group} `);
    return await this.parts.audit.read(limit, group === undefined ? () => true : isAbout);
  }

  /** Notes that someone known tried what is not theirs to do; what was noted already is left out. */
  async noteRefusal(caller: Caller, request: string, refusal: HubError): Promise<void> {
    if (audited.has(refusal)) return;
    await this.#note({
      action: "denied",
      user: caller.viewer.user,
      tokenId: caller.viewer.tokenId,
      remote: caller.remote,
      subject: request.slice(0, 300),
      outcome: "refused",
      detail: refusal.code,
    });
  }

  /**
   * The signed list of a group's versions. Its revision grows with every change, since each record counts its own.
   * Members get all of it, others the public part.
   */
  index(viewer: Viewer, group: string): Envelope {
    const { catalog, env, key } = this.parts;
    const all = this.sees(viewer)(group);
    const packages = catalog.ofGroup(group);
    const shown = packages.filter(
      (entry) => all || entry.versions.some(({ visibility }) => visibility === "public"),
    );
    if (shown.length === 0 && !(all && this.parts.accounts.group(group))) throw notFound(`group ${group}`);
    let revision = 0;
    for (const { versions, tagsRevision } of packages) {
      revision += tagsRevision;
      for (const version of versions) revision += version.revision;
    }
    const now = env.clock.nowMs();
    const slot = `${all ? "all" : "public"} ${group}`;
    const cached = this.#indexes.get(slot);
    if (cached?.revision === revision && cached.untilMs > now) return cached.envelope;
    const index: HubIndex = {
      group,
      revision,
      expires: new Date(now + INDEX_LIFE_MS).toISOString(),
      versions: shown.flatMap(({ versions }) =>
        versions
          .filter(({ visibility }) => all || visibility === "public")
          .map(({ name, version, digest, size, signers, yanked }) => ({
            name,
            version,
            digest,
            size,
            signer: signers[0] ?? "",
            yanked: yanked !== null,
          })),
      ),
      tags: Object.fromEntries(
        shown
          .map((entry): [string, Record<string, string>] => [
            entry.name,
            visibleTags(entry, this.sees(viewer)),
          ])
          .filter(([, tags]) => Object.keys(tags).length > 0),
      ),
    };
    const envelope = sealIndex(index, key);
    if (this.#indexes.size > 1000) this.#indexes.clear();
    this.#indexes.set(slot, { revision, untilMs: now + INDEX_LIFE_MS / 2, envelope });
    return envelope;
  }

  /** Runs `work` and writes what came of it to the audit log; refusals are worth a line too. */
  async #audited<T>(
    caller: Caller,
    action: string,
    subject: string,
    work: (name: (subject: string) => void) => Promise<T>,
  ): Promise<T> {
    let label = subject;
    const event = (outcome: AuditEvent["outcome"], detail?: string): AuditEvent => ({
      action,
      user: caller.viewer.user,
      tokenId: caller.viewer.tokenId,
      remote: caller.remote,
      subject: label,
      outcome,
      ...(detail !== undefined && { detail }),
    });
    try {
      const result = await work((name) => {
        label = name;
      });
      await this.#note(event("done"));
      return result;
    } catch (error) {
      if (error instanceof HubError) {
        audited.add(error);
        await this.#note(event("refused", error.code));
      }
      throw error;
    }
  }

  /** What is done is done: a log that cannot be written must not make it look otherwise. */
  async #note(event: AuditEvent): Promise<void> {
    try {
      await this.parts.audit.write(event);
    } catch (error) {
      this.parts.logger.error({ err: error, event }, "the audit log could not be written");
    }
  }

  /** Whether any version keeps a blob. */
  static usedBlobs(catalog: Catalog): Set<Digest> {
    const used = new Set<Digest>();
    for (const { versions } of catalog.all()) {
      for (const { oci, digest, readme } of versions) {
        for (const blob of [
          digest,
          oci.manifest.digest,
          ...oci.referrers.map((each) => each.digest),
          ...oci.blobs,
        ]) {
          used.add(blob);
        }
        if (readme !== null) used.add(readme);
      }
    }
    return used;
  }
}

export function labelOf({ group, name, version }: { group: string; name: string; version?: string }): string {
  return `${group}/${name}${version === undefined ? "" : `@${version}`}`;
}

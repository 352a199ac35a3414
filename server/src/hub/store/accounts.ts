/** Users, their tokens and their groups, in one file. Of a token only its hash is kept. */
import { join } from "node:path";
import {
  type Envelope,
  isPublicKey,
  type KeyChange,
  namingComplaints,
  sha256Hex,
  skeleton,
} from "@smdk/packages";
import * as z from "zod";
import { ServerError } from "../../error.ts";
import type { HubEnv } from "../env.ts";
import { forbidden, HubError, notFound } from "../error.ts";

export const ROLES = ["reader", "member", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** What a token allows: see private packages, publish and yank, manage groups and tokens, run the hub. */
export const SCOPES = ["read", "publish", "manage", "site"] as const;
export type Scope = (typeof SCOPES)[number];

const MAX_TOKENS_PER_USER = 100;
const MAX_GROUPS_PER_USER = 100;
/** Of one group: keys that may sign, and statements about them. */
const MAX_KEYS = 64;
const MAX_KEY_CHANGES = 512;
/** First parts of the hub's own addresses. */
const RESERVED_GROUPS: ReadonlySet<string> = new Set(["api", "hub", "login", "v2"]);
const TOKEN_PREFIX = "smdk_";

const accountsSchema = z.object({
  users: z.record(z.string(), z.object({ createdMs: z.number() })),
  tokens: z.record(
    z.string(),
    z.object({
      id: z.string(),
      user: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      createdMs: z.number(),
      expiresMs: z.number().nullable(),
    }),
  ),
  groups: z.record(
    z.string(),
    z.object({
      members: z.record(z.string(), z.enum(ROLES)),
      /** Keys that may sign the group's packages now, and those that could before. */
      keys: z.array(z.string()),
      retiredKeys: z.array(z.string()),
      /** The signed statements by which keys came, oldest first: who trusts one key finds the others by them. */
      keyChanges: z.array(z.custom<Envelope>((value) => typeof value === "object")).default([]),
      createdMs: z.number(),
    }),
  ),
});

type Accounts = z.infer<typeof accountsSchema>;
export type Group = Accounts["groups"][string];
export type TokenInfo = Accounts["tokens"][string];

/** Who sends a request. */
export interface Viewer {
  /** Undefined for someone who did not say. */
  readonly user: string | undefined;
  readonly tokenId: string | undefined;
  readonly scopes: ReadonlySet<Scope>;
}

export const ANONYMOUS: Viewer = { user: undefined, tokenId: undefined, scopes: new Set() };

export class AccountStore {
  readonly #env: HubEnv;
  readonly #path: string;
  #accounts: Accounts = { users: {}, tokens: {}, groups: {} };
  readonly #byId = new Map<string, TokenInfo>();
  #writing: Promise<void> = Promise.resolve();

  constructor(env: HubEnv, dir: string) {
    this.#env = env;
    this.#path = join(dir, "accounts.json");
  }

  /** Reads the file. On the first start there is one user, `admin`, whose token is returned; `keep` gets it before. */
  async open(keep: (token: string) => void = () => undefined): Promise<{ adminToken: string | undefined }> {
    if (!(await this.#env.disk.exists(this.#path))) {
      const { text, hash, token } = this.#newToken("admin", SCOPES, undefined);
      keep(text);
      await this.#change((accounts) => {
        accounts.users.admin = { createdMs: token.createdMs };
        accounts.tokens[hash] = token;
      });
      this.#byId.set(token.id, token);
      return { adminToken: text };
    }
    try {
      const text = Buffer.from(await this.#env.disk.readFile(this.#path)).toString("utf8");
      this.#accounts = accountsSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new ServerError("SMDK_HUB_STORE", `${this.#path} is damaged`, { cause });
    }
    for (const token of Object.values(this.#accounts.tokens)) this.#byId.set(token.id, token);
    return { adminToken: undefined };
  }

  /** Who a token belongs to; undefined for one that is unknown, over or revoked. */
  viewerOf(token: string): Viewer | undefined {
    if (token.length > 200) return undefined;
    const hash = sha256Hex(Buffer.from(token));
    return this.#viewer(Object.hasOwn(this.#accounts.tokens, hash) ? this.#accounts.tokens[hash] : undefined);
  }

  /** As `viewerOf`, for the id of a token that was shown before. */
  viewerById(id: string): Viewer | undefined {
    return this.#viewer(this.#byId.get(id));
  }

  #viewer(token: TokenInfo | undefined): Viewer | undefined {
    if (token === undefined) return undefined;
    if (token.expiresMs !== null && token.expiresMs <= this.#env.clock.nowMs()) return undefined;
    return { user: token.user, tokenId: token.id, scopes: new Set(token.scopes) };
  }

  group(name: string): Group | undefined {
    return Object.hasOwn(this.#accounts.groups, name) ? this.#accounts.groups[name] : undefined;
  }

  roleOf(viewer: Viewer, group: string): Role | undefined {
    if (viewer.user === undefined) return undefined;
    const members = this.group(group)?.members ?? {};
    return Object.hasOwn(members, viewer.user) ? members[viewer.user] : undefined;
  }

  hasUser(name: string): boolean {
    return Object.hasOwn(this.#accounts.users, name);
  }

  async createUser(name: string): Promise<void> {
    if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
      throw new HubError(422, "SMDK_HUB_USER", "a user's name has up to 64 of a-z, 0-9, '.', '_' and '-'");
    }
    await this.#change((accounts) => {
      if (Object.hasOwn(accounts.users, name))
        throw new HubError(409, "SMDK_HUB_USER", `user ${name} exists`);
      accounts.users[name] = { createdMs: this.#env.clock.nowMs() };
    });
  }

  /** A new token's text, which is nowhere else from then on. */
  async createToken(user: string, scopes: readonly Scope[], expiresMs: number | undefined): Promise<string> {
    if (!this.hasUser(user)) throw notFound(`user ${user}`);
    const now = this.#env.clock.nowMs();
    const isOver = ({ expiresMs: end }: TokenInfo): boolean => end !== null && end <= now;
    if (this.tokensOf(user).filter((token) => !isOver(token)).length >= MAX_TOKENS_PER_USER) {
      throw new HubError(
        409,
        "SMDK_HUB_TOKENS",
        `user ${user} has ${MAX_TOKENS_PER_USER} tokens: revoke some first`,
      );
    }
    const { text, hash, token } = this.#newToken(user, scopes, expiresMs);
    await this.#change((accounts) => {
      // Tokens that are over are of use to nobody.
      for (const [other, known] of Object.entries(accounts.tokens)) {
        if (known.user === user && isOver(known)) delete accounts.tokens[other];
      }
      accounts.tokens[hash] = token;
    });
    this.#byId.set(token.id, token);
    return text;
  }

  #newToken(
    user: string,
    scopes: readonly Scope[],
    expiresMs: number | undefined,
  ): { text: string; hash: string; token: TokenInfo } {
    const { clock, random } = this.#env;
    const text = TOKEN_PREFIX + Buffer.from(random.bytes(32)).toString("base64url");
    const token = {
      id: Buffer.from(random.bytes(8)).toString("hex"),
      user,
      scopes: [...new Set(scopes)],
      createdMs: clock.nowMs(),
      expiresMs: expiresMs ?? null,
    };
    return { text, hash: sha256Hex(Buffer.from(text)), token };
  }

  tokensOf(user: string): TokenInfo[] {
    return Object.values(this.#accounts.tokens).filter((token) => token.user === user);
  }

  async revokeToken(user: string, id: string): Promise<void> {
    const found = Object.entries(this.#accounts.tokens).find(
      ([, token]) => token.id === id && token.user === user,
    );
    if (found === undefined) throw notFound(`token ${id}`);
    await this.#change((accounts) => {
      delete accounts.tokens[found[0]];
    });
    this.#byId.delete(id);
  }

  /**
   * Sets the key of a group, which is made when it is new: upstream's "hub id".
   * @throws 403 when it is somebody else's, or has another key already
   */
  async claimGroup(viewer: Viewer, name: string, pubkey: string): Promise<"created" | "set"> {
    const user = viewer.user!;
    const complaints = namingComplaints({ group: name, name: "x" });
    if (complaints.length > 0) throw new HubError(422, "SMDK_HUB_NAME", complaints.join("\n"));
    if (RESERVED_GROUPS.has(name) || !/^[a-z0-9]/.test(name)) {
      throw new HubError(403, "SMDK_HUB_RESERVED", `${name} cannot be a group's name here`);
    }
    if (!isPublicKey(pubkey))
      throw new HubError(422, "SMDK_HUB_KEY", "the public key needs 64 lower case hex digits");
    return await this.#change((accounts) => {
      const group = Object.hasOwn(accounts.groups, name) ? accounts.groups[name] : undefined;
      if (group === undefined) {
        const other = Object.keys(accounts.groups).find((each) => skeleton(each) === skeleton(name));
        if (other !== undefined) {
          throw new HubError(403, "SMDK_HUB_LOOKALIKE", `${name} looks like ${other}, which is taken`);
        }
        if (ownedBy(accounts, user) >= MAX_GROUPS_PER_USER) {
          throw new HubError(409, "SMDK_HUB_GROUPS", `${user} owns ${MAX_GROUPS_PER_USER} groups already`);
        }
        accounts.groups[name] = {
          members: { [user]: "owner" },
          keys: [pubkey],
          retiredKeys: [],
          keyChanges: [],
          createdMs: this.#env.clock.nowMs(),
        };
        return "created";
      }
      if (!Object.hasOwn(group.members, user) || group.members[user] !== "owner")
        throw forbidden(`hubid ${name} already taken`);
      if (group.keys.includes(pubkey)) return "set";
      throw new HubError(
        403,
        "SMDK_HUB_KEY",
        `hubid ${name} has another key already`,
        "the old key must sign the new one: smdk hub id --rotate",
      );
    });
  }

  /** A rotation or a grant that `statement` proves. */
  async changeKey({ kind, group: name, oldKey, newKey }: KeyChange, statement: Envelope): Promise<void> {
    await this.#change((accounts) => {
      const group = Object.hasOwn(accounts.groups, name) ? accounts.groups[name] : undefined;
      if (group === undefined || !group.keys.includes(oldKey)) {
        throw new HubError(403, "SMDK_HUB_KEY", `the key that vouches is not one of ${name}`);
      }
      if (group.retiredKeys.includes(newKey)) {
        throw new HubError(409, "SMDK_HUB_KEY", "a retired key does not come back");
      }
      const others = group.keys.filter((key) => key !== newKey && (kind === "grant" || key !== oldKey));
      if (others.length >= MAX_KEYS || group.keyChanges.length >= MAX_KEY_CHANGES) {
        throw new HubError(409, "SMDK_HUB_KEY", `${name} has changed its keys too often`);
      }
      group.keys = [...others, newKey];
      if (kind === "rotation") group.retiredKeys.push(oldKey);
      group.keyChanges.push(statement);
    });
  }

  /** The key may sign nothing more; what it signed stays. A group keeps at least one key. */
  async removeKey(name: string, key: string): Promise<void> {
    await this.#change((accounts) => {
      const group = Object.hasOwn(accounts.groups, name) ? accounts.groups[name] : undefined;
      if (group === undefined || !group.keys.includes(key))
        throw notFound(`the key ${key.slice(0, 64)} of ${name}`);
      if (group.keys.length === 1) {
        throw new HubError(
          409,
          "SMDK_HUB_KEY",
          `${name} would have no key`,
          "replace it: smdk hub id --rotate",
        );
      }
      group.keys = group.keys.filter((other) => other !== key);
      group.retiredKeys.push(key);
    });
  }

  /** The groups that the viewer belongs to, with the role in each. */
  groupsOf(viewer: Viewer): { group: string; role: Role }[] {
    const names = Object.keys(this.#accounts.groups).sort();
    return names.flatMap((group) => {
      const role = this.roleOf(viewer, group);
      return role === undefined ? [] : [{ group, role }];
    });
  }

  /** Undefined removes the member. A group keeps at least one owner. */
  async setMember(name: string, user: string, role: Role | undefined): Promise<void> {
    if (!this.hasUser(user)) throw notFound(`user ${user}`);
    await this.#change((accounts) => {
      const group = Object.hasOwn(accounts.groups, name) ? accounts.groups[name] : undefined;
      if (group === undefined) throw notFound(`group ${name}`);
      const others = Object.entries(group.members).filter(([member]) => member !== user);
      if (role !== "owner" && !others.some(([, other]) => other === "owner")) {
        throw new HubError(409, "SMDK_HUB_LAST_OWNER", `${name} would have no owner`);
      }
      if (role === undefined) delete group.members[user];
      else group.members[user] = role;
    });
  }

  /**
   * Changes take effect together with the file: when `apply` throws, or the file could not be written, nothing has
   * happened. One change goes after the other.
   */
  async #change<T>(apply: (accounts: Accounts) => T): Promise<T> {
    const work = this.#writing.then(async () => {
      const next = structuredClone(this.#accounts);
      const result = apply(next);
      await this.#env.disk.writeFileAtomic(this.#path, JSON.stringify(next), { secret: true });
      this.#accounts = next;
      return result;
    });
    this.#writing = work.then(
      () => undefined,
      () => undefined,
    );
    return await work;
  }
}

function ownedBy({ groups }: Accounts, user: string): number {
  return Object.values(groups).filter(
    ({ members }) => Object.hasOwn(members, user) && members[user] === "owner",
  ).length;
}

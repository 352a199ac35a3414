/** The four request forms of the SC's object API, shared by all object kinds. */
import {
  CreateApi,
  type CreateRequest,
  DeleteApi,
  type DeleteRequest,
  ListApi,
  type ListResponse,
  type Status,
  UpdateApi,
  type UpdateRequest,
} from "@smdk/protocol";
import type { Cluster } from "../cluster/cluster.ts";
import { ClientError, serverError } from "../error.ts";
import type { Connection } from "../transport/connection.ts";
import type { VersionRange } from "../transport/versions.ts";

/** A topic may take the SC 90 seconds, so ordinary patience is not enough for creating. */
const CREATE_TIMEOUT_MS = 100_000;

export interface CallOptions {
  signal?: AbortSignal;
}

/** Types that can be listed, by their labels. */
export type ObjectType = Exclude<ListResponse["type"], "Unknown">;

/** The object behind a label. */
export type ObjectOf<T extends ObjectType> =
  Extract<ListResponse, { type: T }> extends { objects: (infer O)[] } ? O : never;

export class ObjectRequests {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  async create(request: CreateRequest, options: CallOptions = {}): Promise<Status> {
    const sc = await this.cluster.sc(options.signal);
    const timeoutMs = Math.max(CREATE_TIMEOUT_MS, this.cluster.settings.requestTimeoutMs);
    return checked(
      await sc.request(CreateApi, request, { ...options, timeoutMs, version: version(sc, CreateApi) }),
    );
  }

  async delete(request: DeleteRequest, options: CallOptions = {}): Promise<Status> {
    const sc = await this.cluster.sc(options.signal);
    return checked(await sc.request(DeleteApi, request, { ...options, version: version(sc, DeleteApi) }));
  }

  async update(request: UpdateRequest, options: CallOptions = {}): Promise<Status> {
    const sc = await this.cluster.sc(options.signal);
    return checked(await sc.request(UpdateApi, request, { ...options, version: version(sc, UpdateApi) }));
  }

  async list<T extends ObjectType>(
    type: T,
    options: CallOptions & { filters?: readonly string[]; summary?: boolean; system?: boolean } = {},
  ): Promise<ObjectOf<T>[]> {
    const sc = await this.cluster.sc(options.signal);
    const answer = await sc.request(
      ListApi,
      {
        type,
        nameFilters: [...(options.filters ?? [])],
        summary: options.summary ?? false,
        system: options.system ?? false,
      },
      { signal: options.signal, version: version(sc, ListApi) },
    );
    if (answer.type !== type) {
      throw new ClientError("SMDK_PROTOCOL", `${sc.name} answered a list of ${type} with ${answer.type}`);
    }
    return (answer as unknown as { objects: ObjectOf<T>[] }).objects;
  }
}

function version(sc: Connection, api: VersionRange & { name: string }): number {
  const found = sc.negotiated(api);
  if (found === null) {
    throw new ClientError(
      "SMDK_UNSUPPORTED",
      `${sc.name} offers no version of ${api.name} that this client knows`,
    );
  }
  return found;
}

function checked(status: Status): Status {
  if (status.errorCode.kind !== "None") throw serverError(status.errorCode, status.errorMessage);
  return status;
}

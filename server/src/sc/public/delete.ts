// The Delete API: one function per object type (wire-protocol 3.2.3).
import { type DeleteRequest, type ErrorCode, replicaKeyText, type Status } from "@smdk/protocol";
import { errorText } from "../../error.ts";
import { deadline } from "../deadline.ts";
import { parsePackageKey, storeIdOf } from "../package-key.ts";
import type { Kind } from "../store/stores.ts";
import { deleteObject, ok, refused, type ScContext, SPU_WAIT_MS } from "./context.ts";

type Delete<K extends DeleteRequest["type"]> = Extract<DeleteRequest, { type: K }>;

export async function handleDelete(
  context: ScContext,
  request: DeleteRequest,
  signal: AbortSignal,
): Promise<Status> {
  const { stores } = context;
  switch (request.type) {
    case "Topic":
      return context.topicLocks.run(request.key, () => deleteTopic(context, request, signal));
    case "CustomSpu":
      return deleteCustomSpu(context, request);
    case "SmartModule":
      return deleteSmartModule(context, request);
    case "SpuGroup":
      return deleteNamed(stores.spuGroups, request.key, { kind: "SpuNotFound" }, { kind: "SpuError" });
    case "TableFormat":
      return deleteNamed(
        stores.tableFormats,
        request.key,
        { kind: "TableFormatNotFound" },
        { kind: "TableFormatError" },
      );
    case "Mirror":
      return deleteMirror(context, request);
    case "Unknown":
      return refused("create error", { kind: "Other", value: "unknown admin object type" }, null);
  }
}

/** Answered when the SPUs have deleted the records, so that the name is free for a fresh topic. */
async function deleteTopic(
  context: ScContext,
  request: Delete<"Topic">,
  outer: AbortSignal,
): Promise<Status> {
  const { stores, removals } = context;
  const { key: name, force } = request;
  const topic = stores.topics.get(name);
  if (topic === undefined) return refused(name, { kind: "TopicNotFound" }, "not found");
  const { replicas, system } = topic.spec;
  if (replicas.kind === "Mirror" && replicas.value.kind === "Remote") {
    const message = "cannot delete mirrored topic from remote";
    return refused(name, { kind: "MirrorDeleteFromRemote" }, message);
  }
  if (system && !force) {
    return refused(name, { kind: "SystemSpecDeletionAttempt", objectKind: "topic", name }, null);
  }
  const rows = removals.partitionsOf(name);
  try {
    await removals.removeTopic(name, rows);
  } catch (error) {
    return refused(name, { kind: "TopicError" }, errorText(error));
  }
  const keys = rows.map(({ id }) => replicaKeyText({ topic: name, partition: id }));
  const limit = deadline(context.env.clock, SPU_WAIT_MS, outer);
  try {
    await removals.untilFree(keys, limit.signal);
  } catch {
    context.log.warn({ topic: name }, "not every SPU has deleted the topic's records yet");
  } finally {
    limit.dispose();
  }
  return ok(name);
}

async function deleteCustomSpu(
  { stores, removals }: ScContext,
  { key }: Delete<"CustomSpu">,
): Promise<Status> {
  const found = [...stores.spus.values()].find((spu) =>
    key.kind === "Name" ? spu.key === key.value : spu.spec.id === key.value,
  );
  if (found === undefined) {
    const name = key.kind === "Name" ? key.value : `spu-${key.value}`;
    return refused(name, { kind: "SpuNotFound" }, "not found");
  }
  if (found.spec.spuType !== "Custom") {
    return refused(found.key, { kind: "SpuError" }, "expected 'Custom' spu, found 'Managed' spu");
  }
  const failure = await deleteObject(stores.spus, found.key);
  if (failure !== null) return refused(found.key, { kind: "SpuError" }, `error deleting: ${failure}`);
  removals.forgetSpu(found.spec.id);
  return ok(found.key);
}

/** Only the key under which a module is stored will do, or its full name with group and version. */
async function deleteSmartModule(
  { stores }: ScContext,
  { key: name }: Delete<"SmartModule">,
): Promise<Status> {
  const notFound = { kind: "SmartModuleNotFound", name } as const;
  const key = parsePackageKey(name);
  if ("error" in key) return refused(name, notFound, key.error);
  const storeId = storeIdOf(key);
  if (!stores.smartModules.has(storeId)) return refused(name, notFound, "not found");
  const failure = await deleteObject(stores.smartModules, storeId);
  return failure === null ? ok(name) : refused(name, { kind: "SmartModuleError" }, failure);
}

async function deleteMirror({ stores }: ScContext, { key: name }: Delete<"Mirror">): Promise<Status> {
  if (!stores.mirrors.has(name)) {
    return refused(name, { kind: "MirrorNotFound" }, `remote cluster ${JSON.stringify(name)} not found`);
  }
  const failure = await deleteObject(stores.mirrors, name);
  return failure === null ? ok(name) : refused(name, { kind: "Other", value: failure }, failure);
}

async function deleteNamed<S, T>(
  kind: Kind<S, T>,
  name: string,
  notFound: ErrorCode,
  otherwise: ErrorCode,
): Promise<Status> {
  if (!kind.has(name)) return refused(name, notFound, "not found");
  const failure = await deleteObject(kind, name);
  return failure === null ? ok(name) : refused(name, otherwise, failure);
}

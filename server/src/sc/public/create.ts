// The Create API: one function per object type (wire-protocol 3.2.2).
import type { CreateRequest, SmartModuleSpec, SpuSpec, Status } from "@smdk/protocol";
import { deadline } from "../deadline.ts";
import { keyProblem, ok, refused, type ScContext, SPU_WAIT_MS, storeObject } from "./context.ts";
import { createTopic } from "./create-topic.ts";

type Create<K extends CreateRequest["type"]> = Extract<CreateRequest, { type: K }>;

export async function handleCreate(
  context: ScContext,
  request: CreateRequest,
  signal: AbortSignal,
): Promise<Status> {
  switch (request.type) {
    case "Topic":
      return createTopic(context, request, signal);
    case "CustomSpu":
      return createCustomSpu(context, request);
    case "SmartModule":
      return createSmartModule(context, request, signal);
    case "SpuGroup":
      return createSpuGroup(context, request);
    case "TableFormat":
      return createTableFormat(context, request);
    case "Mirror":
      return createMirror(context, request);
    case "Unknown":
      return refused("create error", { kind: "Other", value: "unknown admin object type" }, null);
  }
}

async function createCustomSpu({ stores }: ScContext, request: Create<"CustomSpu">): Promise<Status> {
  const { name, dryRun, spec } = request;
  const { spus } = stores;
  if (spus.has(name) || [...spus.values()].some((spu) => spu.spec.id === spec.id)) {
    return refused(name, { kind: "SpuAlreadyExists" }, `spu '${name}(${spec.id})' already defined`);
  }
  if (dryRun) return ok("");
  const spuSpec: SpuSpec = { ...spec, spuType: "Custom" };
  const failure = keyProblem(name) ?? (await storeObject(spus, name, spuSpec));
  return failure === null ? ok(name) : refused(name, { kind: "SpuError" }, failure);
}

/** An existing module of the key is replaced. Answered when every SPU can use the new one. */
async function createSmartModule(
  context: ScContext,
  request: Create<"SmartModule">,
  signal: AbortSignal,
): Promise<Status> {
  const { name, spec } = request;
  const meta = spec.meta?.package;
  if (meta !== undefined && (meta.name === "" || meta.group === "")) {
    return refused(name, { kind: "SmartModuleError" }, "invalid SmartModule package");
  }
  const key = meta === undefined ? name : `${meta.name}-${meta.group}-${meta.version}`;
  // The payload is a view into the request's buffer, which should not live as long as the module.
  const payload = new Uint8Array(spec.wasm.payload);
  const stored: SmartModuleSpec = { meta: spec.meta, summary: null, wasm: { ...spec.wasm, payload } };
  const failure = keyProblem(key) ?? (await storeObject(context.stores.smartModules, key, stored));
  if (failure !== null) return refused(key, { kind: "SmartModuleError" }, failure);
  const limit = deadline(context.env.clock, SPU_WAIT_MS, signal);
  try {
    await context.distribution.settled(limit.signal);
  } catch {
    context.log.warn({ smartModule: key }, "not every SPU has taken the SmartModule yet");
  } finally {
    limit.dispose();
  }
  return ok(key);
}

/** Stored and listed; nothing acts on groups outside Kubernetes. */
async function createSpuGroup({ stores }: ScContext, { name, spec }: Create<"SpuGroup">): Promise<Status> {
  const failure = keyProblem(name) ?? (await storeObject(stores.spuGroups, name, spec));
  return failure === null ? ok(name) : refused(name, { kind: "SpuError" }, failure);
}

async function createTableFormat(
  { stores }: ScContext,
  { name, spec }: Create<"TableFormat">,
): Promise<Status> {
  if (stores.tableFormats.has(name)) {
    return refused(name, { kind: "TableFormatAlreadyExists" }, `tableformat '${name}' already defined`);
  }
  const failure = keyProblem(name) ?? (await storeObject(stores.tableFormats, name, spec));
  return failure === null ? ok(name) : refused(name, { kind: "TableFormatError" }, failure);
}

/** The name of a remote is taken; a home is replaced. */
async function createMirror({ stores }: ScContext, { name, spec }: Create<"Mirror">): Promise<Status> {
  if (stores.mirrors.get(name)?.spec.mirrorType.kind === "Remote") {
    const message = `remote cluster ${JSON.stringify(name)} already exists`;
    return refused(name, { kind: "MirrorAlreadyExists" }, message);
  }
  const failure = keyProblem(name) ?? (await storeObject(stores.mirrors, name, spec));
  return failure === null ? ok(name) : refused(name, { kind: "Other", value: failure }, failure);
}

/** SPUs, SmartModules, table formats and mirrors. */
import { gzipSync } from "node:zlib";
import type {
  CustomSpuMetadata,
  CustomSpuSpec,
  MirrorMetadata,
  MirrorSpec,
  SmartModuleMetadata,
  SmartModuleMetadataObject,
  SpuGroupMetadata,
  SpuGroupSpec,
  SpuMetadata,
  TableFormatMetadata,
  TableFormatSpec,
} from "@smdk/protocol";
import { type Address, parseAddress } from "../config/address.ts";
import type { CallOptions, ObjectRequests } from "./requests.ts";

interface ListOptions extends CallOptions {
  /** Keep objects whose name contains one of these. */
  filters?: readonly string[];
}

const CREATE = { dryRun: false, timeout: null } as const;

export class SpuAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  list(options: ListOptions = {}): Promise<SpuMetadata[]> {
    return this.requests.list("SPU", options);
  }
}

/** An SPU to announce to the SC; addresses as `host:port`. */
export interface CustomSpuRegistration {
  id: number;
  /** Default `custom-spu-<id>`. */
  name?: string;
  publicAddress: string;
  privateAddress: string;
  rack?: string;
  /** Address for clients whose profile prefers local ones. */
  publicLocalAddress?: string;
}

export class CustomSpuAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  list(options: ListOptions = {}): Promise<CustomSpuMetadata[]> {
    return this.requests.list("CustomSpu", options);
  }

  /** Fails with error code SpuAlreadyExists where id or name are taken. */
  async register(
    spu: CustomSpuRegistration,
    options: CallOptions & { dryRun?: boolean } = {},
  ): Promise<void> {
    const { dryRun = false, ...call } = options;
    const name = spu.name ?? `custom-spu-${spu.id}`;
    await this.requests.create(
      { type: "CustomSpu", name, ...CREATE, dryRun, spec: customSpuSpec(spu) },
      call,
    );
  }

  /** By id or by name. */
  async unregister(spu: number | string, options: CallOptions = {}): Promise<void> {
    const key =
      typeof spu === "number" ? { kind: "Id" as const, value: spu } : { kind: "Name" as const, value: spu };
    await this.requests.delete({ type: "CustomSpu", key, force: false }, options);
  }
}

function customSpuSpec(spu: CustomSpuRegistration): CustomSpuSpec {
  const publicAddress = parseAddress(spu.publicAddress, 9005);
  const endpoint = ({ host, port }: Address): CustomSpuSpec["privateEndpoint"] => ({
    host,
    port,
    encryption: "PLAINTEXT",
  });
  return {
    id: spu.id,
    publicEndpoint: {
      port: publicAddress.port,
      ingress: [{ hostname: publicAddress.host, ip: null }],
      encryption: "PLAINTEXT",
    },
    privateEndpoint: endpoint(parseAddress(spu.privateAddress, 9006)),
    rack: spu.rack ?? null,
    publicEndpointLocal:
      spu.publicLocalAddress === undefined ? null : endpoint(parseAddress(spu.publicLocalAddress, 9005)),
  };
}

export class SpuGroupAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  list(options: ListOptions = {}): Promise<SpuGroupMetadata[]> {
    return this.requests.list("SpuGroup", options);
  }

  async create(name: string, spec: SpuGroupSpec, options: CallOptions = {}): Promise<void> {
    await this.requests.create({ type: "SpuGroup", name, ...CREATE, spec }, options);
  }

  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.requests.delete({ type: "SpuGroup", key: name, force: false }, options);
  }
}

export class SmartModuleAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  /**
   * Stores a module, replacing one of the same key, and gives that key: `name`, or with package metadata
   * `<name>-<group>-<version>` of the package. The cluster does not look into the wasm.
   */
  async create(
    name: string,
    module: { wasm: Uint8Array; meta?: SmartModuleMetadata | null },
    options: CallOptions = {},
  ): Promise<string> {
    const payload = module.wasm[0] === 0x1f && module.wasm[1] === 0x8b ? module.wasm : gzipSync(module.wasm);
    const spec = { meta: module.meta ?? null, summary: null, wasm: { format: "Binary" as const, payload } };
    const status = await this.requests.create({ type: "SmartModule", name, ...CREATE, spec }, options);
    return status.name;
  }

  /**
   * Modules that match one of the package keys in `filters` (all without). Without `full`, the wasm is left out and
   * `spec.summary` has its compressed length.
   */
  list(options: ListOptions & { full?: boolean } = {}): Promise<SmartModuleMetadataObject[]> {
    const { full = false, ...rest } = options;
    return this.requests.list("SmartModule", { ...rest, summary: !full });
  }

  /** A packaged module is deleted by `group/name@version`. Fails with error code SmartModuleNotFound. */
  async delete(key: string, options: CallOptions = {}): Promise<void> {
    await this.requests.delete({ type: "SmartModule", key, force: false }, options);
  }
}

export class TableFormatAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  list(options: ListOptions = {}): Promise<TableFormatMetadata[]> {
    return this.requests.list("TableFormat", options);
  }

  async create(spec: TableFormatSpec, options: CallOptions = {}): Promise<void> {
    await this.requests.create({ type: "TableFormat", name: spec.name, ...CREATE, spec }, options);
  }

  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.requests.delete({ type: "TableFormat", key: name, force: false }, options);
  }
}

export class MirrorAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  list(options: CallOptions = {}): Promise<MirrorMetadata[]> {
    return this.requests.list("Mirror", options);
  }

  async create(name: string, spec: MirrorSpec, options: CallOptions = {}): Promise<void> {
    await this.requests.create({ type: "Mirror", name, ...CREATE, spec }, options);
  }

  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.requests.delete({ type: "Mirror", key: name, force: false }, options);
  }
}

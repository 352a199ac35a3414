/** Connections to SPUs, one each, made anew when they break or when an SPU has moved. */
import type { SpuMetadata, SpuSpec } from "@smdk/protocol";
import { type Address, formatAddress } from "../config/address.ts";
import { ClientError } from "../error.ts";
import { Connection } from "../transport/connection.ts";
import { abortController, within } from "../wait.ts";
import type { ClusterOptions } from "./cluster.ts";

interface SpuLink {
  address: string;
  connection: Promise<Connection>;
  open: Connection | null;
}

export class SpuLinks {
  private readonly options: ClusterOptions;
  private readonly closing = abortController();
  private readonly links = new Map<number, SpuLink>();

  constructor(options: ClusterOptions) {
    this.options = options;
  }

  /** The connection to an SPU. */
  async to(spu: SpuMetadata, signal?: AbortSignal): Promise<Connection> {
    if (this.closing.signal.aborted) throw closedError();
    const address = spuAddress(spu.spec, this.options.useSpuLocalAddress);
    const text = formatAddress(address);
    let link = this.links.get(spu.spec.id);
    if (link === undefined || link.address !== text || link.open?.alive === false) {
      link?.open?.close();
      link = this.open(spu, address, text);
    }
    return within(link.connection, { signal });
  }

  private open(spu: SpuMetadata, address: Address, text: string): SpuLink {
    const { tls, clientId, settings } = this.options;
    const connection = Connection.open({
      address,
      tls,
      serverName: spu.name,
      clientId,
      timeoutMs: settings.connectTimeoutMs,
      requestTimeoutMs: settings.requestTimeoutMs,
      signal: this.closing.signal,
    });
    const link: SpuLink = { address: text, connection, open: null };
    this.links.set(spu.spec.id, link);
    connection.then(
      (open) => {
        link.open = open;
        if (this.closing.signal.aborted) open.close();
      },
      () => {
        if (this.links.get(spu.spec.id) === link) this.links.delete(spu.spec.id);
      },
    );
    return link;
  }

  close(): void {
    this.closing.abort(closedError());
    for (const link of this.links.values()) link.open?.close();
    this.links.clear();
  }
}

/** Where clients reach an SPU: the first ingress entry (host name before IP), or its local address if wanted. */
export function spuAddress(spec: SpuSpec, useLocal: boolean): Address {
  const local = spec.publicEndpointLocal;
  if (useLocal && local !== null) return { host: local.host, port: local.port };
  const entry = spec.publicEndpoint.ingress[0];
  const host = entry?.hostname || entry?.ip;
  if (!host) {
    throw new ClientError("SMDK_NO_LEADER", `SPU ${spec.id} has no public address`, {
      hint: "its registration lacks an ingress entry",
    });
  }
  return { host, port: spec.publicEndpoint.port };
}

export function closedError(): ClientError {
  return new ClientError("SMDK_CLOSED", "this client has been closed");
}

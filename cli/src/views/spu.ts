/** SPUs as Fluvio's tools print them. */
import type { IngressPort, SpuMetadata } from "@smdk/protocol";
import { table } from "../output.ts";

/** The table of `spu list`. */
export function spuTable(spus: readonly SpuMetadata[]): string {
  if (spus.length === 0) return "no spu";
  return table(
    ["ID", "NAME", "STATUS", "TYPE", "RACK", "PUBLIC", "PRIVATE"],
    spus.map(({ name, spec, status }) => [
      String(spec.id),
      name,
      status.resolution,
      spec.spuType.toLowerCase(),
      spec.rack ?? "-",
      publicAddress(spec.publicEndpoint),
      `${spec.privateEndpoint.host}:${spec.privateEndpoint.port}`,
    ]),
  );
}

function publicAddress({ ingress, port }: IngressPort): string {
  const [first] = ingress;
  return `${first?.hostname ?? first?.ip ?? ""}:${port}`;
}

/** Remote clusters as Fluvio's tools print them. */
import type { MirrorMetadata, MirrorPairStatus } from "@smdk/protocol";
import { humanSeconds, table } from "../output.ts";

export interface RemoteRow {
  remote: string;
  scStatus: string;
  spuStatus: string;
  /** Time since then, or `-`. */
  lastSeen: string;
  errors: string;
}

/** One row for each remote cluster; `nowMs` is what `lastSeen` counts from. */
export function remoteRows(mirrors: readonly MirrorMetadata[], nowMs: number): RemoteRow[] {
  return mirrors.flatMap(({ spec: { mirrorType }, status }) => {
    if (mirrorType.kind !== "Remote") return [];
    const { pairingSc, pairingSpu, connectionStat } = status;
    const seen = Number(connectionStat.lastSeen);
    return {
      remote: mirrorType.id,
      scStatus: pairText(pairingSc),
      spuStatus: pairText(pairingSpu),
      lastSeen: seen === 0 ? "-" : humanSeconds(Math.max(0, Math.floor((nowMs - seen) / 1000))),
      errors: errorText(pairingSc, pairingSpu),
    };
  });
}

/** The table of `remote list`. */
export function remoteTable(rows: readonly RemoteRow[]): string {
  if (rows.length === 0) return "no items";
  return table(
    ["REMOTE", "SC STATUS", "SPU STATUS", "LAST SEEN", "ERRORS"],
    rows.map(({ remote, scStatus, spuStatus, lastSeen, errors }) => [
      remote,
      scStatus,
      spuStatus,
      lastSeen,
      errors,
    ]),
  );
}

function pairText({ kind }: MirrorPairStatus): string {
  if (kind === "Successful") return "Connected";
  return kind === "DetailFailure" ? "Failed" : kind;
}

function errorText(sc: MirrorPairStatus, spu: MirrorPairStatus): string {
  const texts = [sc, spu].map((status) => (status.kind === "DetailFailure" ? status.value : undefined));
  if (texts[0] !== undefined && texts[1] !== undefined) return `SC: ${texts[0]} - SPU: ${texts[1]}`;
  return texts[0] ?? texts[1] ?? "-";
}

/** Packages of a hub for people. */
import { humanBytes, table } from "../output.ts";
import { plainText } from "../services/hub/body.ts";
import type { ShownPackage } from "../services/hub/browse.ts";
import type { HubPackage } from "../services/hub/client.ts";
import type { HubAuditLine, HubGroup, HubTokenInfo } from "../services/hub/manage.ts";

/** With the headers of upstream's list. */
export function hubTable(packages: readonly HubPackage[]): string {
  if (packages.length === 0) return "no smartmodules";
  return table(
    ["SMARTMODULE", "Visibility", "Released", "Description"],
    packages.map(({ group, name, latest, visibility, publishedAt, description }) => [
      latest === null ? `${group}/${name}` : `${group}/${name}@${latest}`,
      visibility,
      publishedAt.slice(0, 10),
      plainText(description).replace(/\s+/g, " "),
    ]),
  );
}

export function packageText({ group, name, tags, version, versions, versionCount }: ShownPackage): string {
  const lines = [`${group}/${name}${version === null ? "" : `@${version.version}`}`];
  if (version !== null) {
    if (version.description !== "") lines.push(version.description);
    if (version.yanked !== null) lines.push(`YANKED by ${version.yanked.by}: ${version.yanked.reason}`);
    lines.push(
      "",
      `kind        ${version.wasm.kind}`,
      `license     ${version.license || "not given"}`,
      `size        ${humanBytes(version.wasm.size)} module, ${humanBytes(version.size)} package`,
      ...(version.fuel === null
        ? []
        : [`fuel        ${version.fuel.perRecord} per record, over ${version.fuel.records} records`]),
      `published   ${version.publishedAt} by ${version.publisher}`,
      `digest      ${version.digest}`,
      ...version.signers.map((signer) => `signed by   ${signer}`),
      `provenance  ${version.provenance ? "by a signer" : "none"}`,
      ...version.params.map(
        (param) =>
          `param       ${param.name}${param.optional ? " (optional)" : ""}${param.description ? `: ${param.description}` : ""}`,
      ),
    );
  }
  for (const [tag, number] of Object.entries(tags)) lines.push(`tag         ${tag} = ${number}`);
  lines.push("", `${versionCount} ${versionCount === 1 ? "version" : "versions"}:`);
  for (const each of versions)
    lines.push(
      `  ${each.version}  ${each.publishedAt.slice(0, 10)}${each.yanked === null ? "" : "  yanked"}`,
    );
  if (versionCount > versions.length) lines.push(`  and ${versionCount - versions.length} older ones`);
  return plainText(lines.join("\n"));
}

export function tokenTable(tokens: readonly HubTokenInfo[]): string {
  const day = (ms: number | null): string =>
    ms === null ? "never" : new Date(ms).toISOString().slice(0, 10);
  return table(
    ["ID", "USER", "SCOPES", "MADE", "ENDS"],
    tokens.map(({ id, user, scopes, createdMs, expiresMs }) => [
      id,
      user,
      scopes.join(","),
      day(createdMs),
      day(expiresMs),
    ]),
  );
}

export function groupTable(groups: readonly { group: string; role: string }[]): string {
  if (groups.length === 0) return "no groups; smdk hub id NAME makes one";
  return table(
    ["GROUP", "ROLE"],
    groups.map(({ group, role }) => [group, role]),
  );
}

export function auditTable(lines: readonly HubAuditLine[]): string {
  return table(
    ["TIME", "USER", "ACTION", "SUBJECT", "OUTCOME"],
    lines.map(({ time, user = "-", action, subject, outcome, detail }) => [
      time.slice(0, 19).replace("T", " "),
      user,
      action,
      plainText(subject),
      detail === undefined ? outcome : `${outcome} (${detail})`,
    ]),
  );
}

export function groupText({ group, keys, retiredKeys, members }: HubGroup): string {
  return [
    group,
    ...keys.map((key) => `  key      ${key}`),
    ...retiredKeys.map((key) => `  retired  ${key}`),
    ...Object.entries(members ?? {}).map(([user, role]) => `  ${role.padEnd(8)} ${user}`),
  ].join("\n");
}
